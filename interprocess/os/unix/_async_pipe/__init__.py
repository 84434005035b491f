"""The ends of pipes with an asynchronous runtime: the counterpart of `_pipe`."""
