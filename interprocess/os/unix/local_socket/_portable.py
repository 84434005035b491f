"""The portable options, as implemented on Unix.

`interprocess.local_socket` has these classes; `_options` adds the options of Unix only.
"""

from __future__ import annotations

from interprocess._interface.options import ConnectOptionsBase, ListenerOptionsBase
from interprocess.os.unix._unix_socket.busy_poll import refuse_busy_poll
from interprocess.os.unix.local_socket._listener import Listener
from interprocess.os.unix.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.unix.local_socket import _async_asyncio, _async_trio
    from interprocess.os.unix.local_socket._names import Name


class ListenerOptions(ListenerOptionsBase):
    __doc__ = ListenerOptionsBase.__doc__

    __module__ = "interprocess.local_socket"

    __slots__ = ()

    name: Name

    # Only Unix's own options set these.
    mode: int | None = None
    owner: int | None = None
    group: int | None = None
    busy_poll: float = 0.0

    def create_sync(self) -> Listener:
        """Return a new listener. socket(2), bind(2), listen(2), rename(2).

        Only the user can connect to the socket file (mode 0600), unless
        `interprocess.os.unix.local_socket.ListenerOptions` sets other permissions.

        Raises `OSError` with `EADDRINUSE` and the reason if the name is in use;
        `FileNotFoundError`, `PermissionError` and so on for a directory that is missing or
        inaccessible.
        """
        return Listener.from_options(self)

    def create_asyncio(self) -> _async_asyncio.Listener:
        """Return a new listener for asyncio; otherwise as `create_sync`."""
        from interprocess.os.unix.local_socket import _async_asyncio

        return _async_asyncio.Listener.from_options(self)

    def create_trio(self) -> _async_trio.Listener:
        """Return a new listener for trio, which has to be installed; otherwise as `create_sync`."""
        from interprocess.os.unix.local_socket import _async_trio

        return _async_trio.Listener.from_options(self)


class ConnectOptions(ConnectOptionsBase):
    __doc__ = ConnectOptionsBase.__doc__

    __module__ = "interprocess.local_socket"

    __slots__ = ()

    name: Name

    # Only Unix's own options set these.
    busy_poll: float = 0.0

    def connect_sync(self) -> Stream:
        """Connect, and return the stream. socket(2), connect(2); with a timeout, SO_SNDTIMEO too.

        With `current_user_only` also lstat(2) and the calls of `Stream.peer_creds`.

        Raises `ConnectionRefusedError` if no process listens there, `FileNotFoundError` if the name
        does not exist, `TimeoutError` when the timeout expires, `BlockingIOError` if connecting may
        not wait but would have to, and `PermissionError` for a server of another user that
        `current_user_only` refuses.

        If the listener's backlog is full: Linux waits in connect(2). macOS and the BSDs refuse the
        connection; there this retries, with pauses of 1 to 50 ms, while a process has the socket
        open. Other systems refuse too, but do not distinguish that from a listener that is gone:
        `ConnectionRefusedError`.
        """
        return Stream._connect(*self._checked())

    async def connect_asyncio(self) -> _async_asyncio.Stream:
        """Connect, and return the stream for asyncio; otherwise as `connect_sync`.

        While the listener's backlog is full, this retries with pauses of 1 to 50 ms.
        """
        from interprocess.os.unix.local_socket import _async_asyncio

        refuse_busy_poll(self.busy_poll)
        return await _async_asyncio.Stream._connect(*self._checked())

    async def connect_trio(self) -> _async_trio.Stream:
        """Connect, and return the stream for trio; otherwise as `connect_asyncio`."""
        from interprocess.os.unix.local_socket import _async_trio

        refuse_busy_poll(self.busy_poll)
        return await _async_trio.Stream._connect(*self._checked())
