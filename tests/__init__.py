"""The tests. `portable` run on every platform; the other folders are named after the one they are for."""
