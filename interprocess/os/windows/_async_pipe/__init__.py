"""Pipes with an asynchronous runtime, over completions: `_pipe`, `async`. See `operation`."""
