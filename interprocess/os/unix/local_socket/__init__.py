"""Local sockets on Unix: Unix domain sockets and their own features.

The classes are those of `interprocess.local_socket`, the portable interface. This module adds:

- the name types `FilesystemUdSocket`, `SpecialDirUdSocket` and, on Linux and Android,
  `AbstractNsUdSocket`;
- `ListenerOptions` and `listen` with `mode`, `owner` and `group`: access to the socket file;
- `ListenerOptions` and `ConnectOptions` with `busy_poll`, for streams that poll before they sleep.

See unix(7) on Linux, unix(4) elsewhere.
"""

from __future__ import annotations

import sys

from interprocess.capabilities import gate
from interprocess.os.unix.local_socket._listen import listen
from interprocess.os.unix.local_socket._listener import Listener
from interprocess.os.unix.local_socket._names import (
    FilesystemUdSocket,
    Name,
    SpecialDirUdSocket,
)
from interprocess.os.unix.local_socket._options import ConnectOptions, ListenerOptions
from interprocess.os.unix.local_socket._stream import RecvHalf, SendHalf, Stream

__all__ = [
    "ConnectOptions",
    "FilesystemUdSocket",
    "Listener",
    "ListenerOptions",
    "Name",
    "RecvHalf",
    "SendHalf",
    "SpecialDirUdSocket",
    "Stream",
    "listen",
]

if sys.platform == "linux" or sys.platform == "android":
    from interprocess.os.unix.local_socket._names import AbstractNsUdSocket

    __all__ += ["AbstractNsUdSocket"]

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = gate(__name__)
