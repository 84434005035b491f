"""Pipes with an asynchronous runtime: the counterpart of `_pipe`. `operation` explains it."""
