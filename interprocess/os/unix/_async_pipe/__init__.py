"""The ends of pipes with an asynchronous runtime: `_pipe`, `async`."""
