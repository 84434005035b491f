"""Chooses the backend. A plain condition, which type checkers and freezers can follow."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from interprocess.os.windows.local_socket._listener import Listener
    from interprocess.os.windows.local_socket._names import (
        GenericFilePath,
        GenericNamespaced,
        Name,
    )
    from interprocess.os.windows.local_socket._portable import ConnectOptions, ListenerOptions
    from interprocess.os.windows.local_socket._stream import RecvHalf, SendHalf, Stream
else:
    from interprocess.os.unix.local_socket._listener import Listener
    from interprocess.os.unix.local_socket._names import GenericFilePath, GenericNamespaced, Name
    from interprocess.os.unix.local_socket._portable import ConnectOptions, ListenerOptions
    from interprocess.os.unix.local_socket._stream import RecvHalf, SendHalf, Stream

__all__ = [
    "ConnectOptions",
    "GenericFilePath",
    "GenericNamespaced",
    "Listener",
    "ListenerOptions",
    "Name",
    "RecvHalf",
    "SendHalf",
    "Stream",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface import contract

    _stream: type[contract.Stream[RecvHalf, SendHalf]] = Stream
    _listener: type[contract.Listener[Stream]] = Listener
