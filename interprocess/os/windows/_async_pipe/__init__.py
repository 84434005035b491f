"""The same for asynchronous runtimes, over completions."""
