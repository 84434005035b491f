"""Local interprocess communication: local sockets, pipes and FIFO files, on every platform.

Nothing is imported here, so that a program pays only for what it uses:

- `interprocess.local_socket`: a server and its clients on one machine;
- `interprocess.unnamed_pipe`: a one-way pipe, for a parent and its children;
- `interprocess.os.unix`, `interprocess.os.linux`, `interprocess.os.windows`: what only some systems
  have; importing one elsewhere raises `ImportError` with the condition that failed;
- `interprocess.capabilities`: what exists here, and why something does not.
"""

__version__ = "0.1.0"
