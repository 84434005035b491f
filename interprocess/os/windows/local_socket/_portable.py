"""The portable options, as implemented on Windows.

`interprocess.local_socket` has these classes; `_options` adds the options of Windows only.
"""

from __future__ import annotations

from interprocess._interface.options import ConnectOptionsBase, ListenerOptionsBase
from interprocess.errors import UnsupportedError
from interprocess.os.windows.local_socket._listener import Listener
from interprocess.os.windows.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.local_socket import _async_asyncio, _async_trio
    from interprocess.os.windows.local_socket._names import Name
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor


class ListenerOptions(ListenerOptionsBase):
    __doc__ = ListenerOptionsBase.__doc__

    __module__ = "interprocess.local_socket"

    __slots__ = ()

    name: Name

    # Only Windows' own options set these.
    security_descriptor: BorrowedSecurityDescriptor | None = None
    write_dac: bool = False

    def create_sync(self) -> Listener:
        """Return a new listener. CreateNamedPipeW function.

        Remote clients are rejected. The listener must be the first with its name, since otherwise
        the other process would get its clients. `try_overwrite` has no effect, as a pipe's name
        vanishes with its last handle.

        Raises `OSError` with `EADDRINUSE` if the name is in use, and any other error of the system.
        """
        return Listener.from_options(self)

    def create_asyncio(self) -> _async_asyncio.Listener:
        """Return a new listener for asyncio; otherwise as `create_sync`."""
        from interprocess.os.windows.local_socket import _async_asyncio

        return _async_asyncio.Listener.from_options(self)

    def create_trio(self) -> _async_trio.Listener:
        """Return a new listener for trio, which has to be installed; otherwise as `create_sync`."""
        from interprocess.os.windows.local_socket import _async_trio

        return _async_trio.Listener.from_options(self)


class ConnectOptions(ConnectOptionsBase):
    __doc__ = ConnectOptionsBase.__doc__

    __module__ = "interprocess.local_socket"

    __slots__ = ()

    name: Name

    def _check_supported(self) -> None:
        if self.buffer_sizes is not None:
            raise UnsupportedError(
                "the server of a named pipe chooses the sizes of its buffers: send_buffer_size and"
                " recv_buffer_size are for its ListenerOptions"
            )

    def connect_sync(self) -> Stream:
        """Connect, and return the stream. CreateFileW function, WaitNamedPipeW function.

        The server may identify its client, but not impersonate it.

        Raises `FileNotFoundError` if no process listens there, `TimeoutError` when the timeout
        expires, `BlockingIOError` if connecting may not wait but would have to, and
        `PermissionError` for a pipe of another user that `current_user_only` refuses.
        """
        return Stream._connect(*self._checked())

    async def connect_asyncio(self) -> _async_asyncio.Stream:
        """Connect, and return the stream for asyncio; otherwise as `connect_sync`.

        While no instance of the pipe is free, this retries with pauses of 1 to 50 ms. Raises
        `UnsupportedError` on a selector event loop, which cannot wait for pipes.
        """
        from interprocess.os.windows.local_socket import _async_asyncio

        return await _async_asyncio.Stream._connect(*self._checked())

    async def connect_trio(self) -> _async_trio.Stream:
        """Connect, and return the stream for trio; otherwise as `connect_asyncio`."""
        from interprocess.os.windows.local_socket import _async_trio

        return await _async_trio.Stream._connect(*self._checked())
