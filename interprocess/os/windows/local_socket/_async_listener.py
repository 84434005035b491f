"""An asynchronous server, for any runtime."""

from __future__ import annotations

from typing import Any, TypeVar

from interprocess._interface.argument_types import check_type
from interprocess._interface.async_owner import refuse_nonblocking
from interprocess.os.windows._async_pipe.listener import AsyncServerOwner
from interprocess.os.windows.local_socket._async_stream import AsyncStream
from interprocess.os.windows.local_socket._listener import Listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.local_socket._names import Name
    from interprocess.os.windows.local_socket._portable import ListenerOptions

    ListenerType = TypeVar("ListenerType", bound="AsyncListener[Any]")

StreamType = TypeVar("StreamType", bound=AsyncStream[Any, Any])


class AsyncListener(AsyncServerOwner[StreamType]):
    """A server's end of a local socket: the instances of a named pipe that wait for clients.

    Made by `ListenerOptions(…).create_asyncio()` or `create_trio()`, or by `listen(…)`.
    `Listener(handle)` adopts the server's handle of an instance for both directions, opened with
    `FILE_FLAG_OVERLAPPED`; it raises `ValueError` for any other handle, which the caller then still
    owns.

    Iterating with `async for` gives a stream for each client and ends when the listener is closed.
    One task at a time may accept. `name` is the name that clients connect to.
    """

    name: Name
    _stream_type: type[StreamType]

    def __init__(self, handle: int) -> None:
        self._adopt(Listener(handle))

    @classmethod
    def from_options(cls: type[ListenerType], options: ListenerOptions) -> ListenerType:
        """Return a new listener; `ListenerOptions.create_sync` says more."""
        refuse_nonblocking(options.nonblocking)
        return cls.from_sync(Listener.from_options(options))

    @classmethod
    def from_sync(cls: type[ListenerType], listener: Listener) -> ListenerType:
        """Return the asynchronous listener for a synchronous one, which gives up its handles."""
        check_type("from_sync", listener, Listener)
        new = cls.__new__(cls)
        new._adopt(listener)
        return new

    def _adopt(self, listener: Listener) -> None:
        self.name = listener.name
        self._take_over(listener)

    def to_sync(self) -> Listener:
        """Return the synchronous listener for this one, which gives up its handles.

        Raises `ValueError` as `detach` does.
        """
        listener = Listener.__new__(Listener)
        listener.name = self.name
        self._hand_over(listener)
        return listener

    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream. ConnectNamedPipe function.

        A cancelled call loses no client. Raises `ValueError` if the listener is closed before or
        during the call. After an error the client still waits, and the listener remains usable.
        """
        return self._stream_type._owning(await self._server.accept())

    def keep_name(self) -> None:
        """Do nothing: the name of a pipe vanishes with its last handle."""

    #: The Rust crate's name for it.
    do_not_reclaim_name_on_drop = keep_name

    def reclaim_name_on_drop(self, name: Name | None = None) -> None:
        """Set `name` if given; otherwise nothing: a pipe's name vanishes with its last handle."""
        if name is not None:
            self.name = name
