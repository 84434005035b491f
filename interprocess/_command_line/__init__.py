"""The command line: `python -m interprocess` and the script `interprocess`."""
