"""Features of single operating systems, each in its own package.

- `interprocess.os.unix`: every Unix;
- `interprocess.os.linux`: Linux and Android;
- `interprocess.os.windows`: Windows.

Importing one on another system raises `ImportError` with the condition that failed.
"""
