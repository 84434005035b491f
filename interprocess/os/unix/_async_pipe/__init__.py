"""The ends of pipes, asynchronously."""
