"""Local sockets on Windows: named pipes and their own features.

The classes are those of `interprocess.local_socket`, the portable interface. This module adds:

- the name type `NamedPipe`;
- `ListenerOptions` with `security_descriptor`, which controls access, and `write_dac`.

A local socket is a byte stream over a named pipe in both directions.
`interprocess.os.windows.named_pipe` has the other features of pipes.
"""

from __future__ import annotations

from interprocess.os.windows.local_socket._listener import Listener
from interprocess.os.windows.local_socket._names import Name, NamedPipe
from interprocess.os.windows.local_socket._options import ListenerOptions
from interprocess.os.windows.local_socket._portable import ConnectOptions
from interprocess.os.windows.local_socket._stream import RecvHalf, SendHalf, Stream

__all__ = [
    "ConnectOptions",
    "Listener",
    "ListenerOptions",
    "Name",
    "NamedPipe",
    "RecvHalf",
    "SendHalf",
    "Stream",
]
