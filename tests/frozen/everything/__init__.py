"""A program that uses every part of the package, to be frozen and run by `tests/frozen/run.py`.

Each part is a function that raises if something does not work. Nothing here says `assert`, which
`python -OO` removes.
"""
