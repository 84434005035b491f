"""What only some operating systems have, each in its own package.

- `interprocess.os.unix`: every Unix;
- `interprocess.os.linux`: Linux and Android;
- `interprocess.os.windows`: Windows.

Importing one where it does not exist raises `ImportError` with the condition that failed.
"""
