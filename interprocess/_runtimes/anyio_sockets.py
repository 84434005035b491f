"""What anyio's users ask of a stream over a Unix domain socket: anyio's `SocketAttribute`."""

from __future__ import annotations

import os
import socket
import sys

from anyio import abc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class SocketOf:
    """Python's own socket over a duplicate of a stream's descriptor, once it is asked for."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._socket: socket.socket | None = None

    def attributes(self) -> dict[Any, Callable[[], Any]]:
        """Return what `extra` knows of it; nothing on Windows, where there is no socket."""
        if sys.platform == "win32":
            return {}
        return {
            abc.SocketAttribute.family: lambda: socket.AF_UNIX,
            abc.SocketAttribute.local_address: lambda: self._ask(socket.socket.getsockname),
            abc.SocketAttribute.remote_address: lambda: self._ask(socket.socket.getpeername),
            abc.SocketAttribute.raw_socket: self._whole,
        }

    def _duplicate(self) -> socket.socket:
        return socket.socket(fileno=os.dup(self._raw.fileno()))

    def _ask(self, question: Callable[[socket.socket], Any]) -> Any:
        with self._duplicate() as duplicate:
            return question(duplicate)

    def _whole(self) -> socket.socket:
        if self._socket is None:
            self._raw._descriptor.share()
            self._socket = self._duplicate()
        return self._socket

    def close(self) -> None:
        """Close what was made."""
        if self._socket is not None:
            self._socket.close()
