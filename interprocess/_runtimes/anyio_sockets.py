"""anyio's `SocketAttribute` for streams over Unix domain sockets."""

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
    """Python's own socket over a duplicate of our descriptor, made when it is first used.

    A stream has a peer, with an address; a listener has not.
    """

    def __init__(self, raw: Any, *, has_peer: bool) -> None:
        self._raw = raw
        self._has_peer = has_peer
        self._socket: socket.socket | None = None

    def attributes(self) -> dict[Any, Callable[[], Any]]:
        """Return the attributes for `extra`; none on Windows, where there is no socket."""
        if sys.platform == "win32":
            return {}
        known: dict[Any, Callable[[], Any]] = {
            abc.SocketAttribute.family: lambda: socket.AF_UNIX,
            abc.SocketAttribute.local_address: lambda: self._raw._address(peer=False),
            abc.SocketAttribute.raw_socket: self._whole,
        }
        if self._has_peer:
            known[abc.SocketAttribute.remote_address] = lambda: self._raw._address(peer=True)
        return known

    def _duplicate(self) -> socket.socket:
        return socket.socket(fileno=os.dup(self._raw.fileno()))

    def _whole(self) -> socket.socket:
        if self._socket is None:
            self._raw._descriptor.share()
            self._socket = self._duplicate()
        return self._socket

    def close(self) -> None:
        """Close the duplicate, if one was made."""
        if self._socket is not None:
            self._socket.close()
