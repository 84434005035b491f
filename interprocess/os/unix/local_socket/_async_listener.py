"""An asynchronous server, for any runtime."""

from __future__ import annotations

from typing import Any, TypeVar

from interprocess._interface.argument_types import check_type
from interprocess._interface.async_owner import AsyncClientIterator, refuse_nonblocking
from interprocess.os.unix._async_descriptor.owners import AsyncOwner
from interprocess.os.unix._unix_socket.buffer_sizes import set_buffer_sizes_of_client
from interprocess.os.unix._unix_socket.busy_poll import refuse_busy_poll
from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor
from interprocess.os.unix._unix_socket.listening import ListenerDescriptor
from interprocess.os.unix._unix_socket.same_user import admits
from interprocess.os.unix.local_socket._async_stream import AsyncStream
from interprocess.os.unix.local_socket._listener import Listener
from interprocess.os.unix.local_socket._socket_file_owner import SocketFileOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.async_runtime import Readiness
    from interprocess._interface.sizes import BufferSizes
    from interprocess.os.unix.local_socket._names import Name
    from interprocess.os.unix.local_socket._portable import ListenerOptions

    ListenerType = TypeVar("ListenerType", bound="AsyncListener[Any]")

StreamType = TypeVar("StreamType", bound=AsyncStream[Any, Any])


class AsyncListener(SocketFileOwner, AsyncOwner, AsyncClientIterator[StreamType]):
    """A server's end of a local socket: a listening Unix domain socket.

    Made by `ListenerOptions(…).create_asyncio()` or `create_trio()`, or by `listen(…)`.
    `Listener(fd)` adopts a listening Unix domain stream socket; it raises `ValueError` for any
    other descriptor, which the caller then still owns. `current_user_only` is that of
    `ListenerOptions`: `None` rejects clients of other users if the name is abstract. The socket
    file is removed only with `reclaim_name=True`, as for a synchronous listener.

    Iterating with `async for` gives a stream for each client and ends when the listener is closed.
    One task at a time may accept. `name` is the name that clients connect to.
    """

    _descriptor: ListenerDescriptor
    _accepting: Readiness
    _stream_type: type[StreamType]
    _current_user_only: bool
    _stream_buffer_sizes: BufferSizes | None

    def __init__(
        self, fd: int, *, current_user_only: bool | None = None, reclaim_name: bool = False
    ) -> None:
        self._take_over(
            Listener(fd, current_user_only=current_user_only, reclaim_name=reclaim_name)
        )

    @classmethod
    def from_options(cls: type[ListenerType], options: ListenerOptions) -> ListenerType:
        """Return a new listener; `ListenerOptions.create_sync` says more."""
        refuse_nonblocking(options.nonblocking)
        refuse_busy_poll(options.busy_poll)
        return cls.from_sync(Listener.from_options(options))

    @classmethod
    def from_sync(cls: type[ListenerType], listener: Listener) -> ListenerType:
        """Return the asynchronous listener for a synchronous one, which gives up its descriptor."""
        check_type("from_sync", listener, Listener)
        new = cls.__new__(cls)
        new._take_over(listener)
        return new

    def _take_over(self, listener: Listener) -> None:
        self.name: Name = listener.name
        self._current_user_only = listener._current_user_only
        self._stream_buffer_sizes = listener._stream_buffer_sizes
        # For a moment both are responsible for the file, so that an interrupt never leaves it
        # orphaned.
        self._socket_file = listener._socket_file
        self._descriptor = listener._descriptor.successor()
        listener._socket_file = None
        self._admitted, listener._admitted = listener._admitted, None
        self._start()

    def to_sync(self) -> Listener:
        """Return the synchronous listener for this one, which gives up its descriptor.

        Raises `ValueError` as `detach` does.
        """
        listener = Listener.__new__(Listener)
        listener.name = self.name
        listener._current_user_only = self._current_user_only
        listener._stream_buffer_sizes = self._stream_buffer_sizes
        listener._socket_file = self._socket_file
        listener._descriptor = self._give_up()
        self._socket_file = None
        listener._admitted, self._admitted = self._admitted, None
        return listener

    def _start(self) -> None:
        super()._start()
        self._accepting = self._runtime.readable(self._descriptor.number)
        self._directions += (self._accepting,)

    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream. accept4(2), macOS accept(2).

        A cancelled call loses no client. Raises `ValueError` if the listener is closed before or
        during the call. After an error such as `EMFILE` the client still waits, and the listener
        remains usable. Clients that `current_user_only` does not admit are rejected, and the next
        one is taken.
        """
        socket_file = self._socket_file  # Another thread may give it up.
        if socket_file is not None:
            socket_file.has_accepted = True
        if self._admitted:
            await self._runtime.yield_once()  # First: a cancelled call loses no client.
            admitted = self._admitted.take()
            if admitted is not None:
                return self._new_stream(admitted)
        while True:
            descriptor = SocketDescriptor(None, nonblocking=True)
            await self._accepting.perform(self._descriptor.accept_now, descriptor)
            if not self._current_user_only or admits(descriptor.number):
                return self._new_stream(descriptor)
            descriptor.close()

    def _new_stream(self, descriptor: SocketDescriptor) -> StreamType:
        if self._stream_buffer_sizes is not None:
            set_buffer_sizes_of_client(descriptor.number, self._stream_buffer_sizes)
        return self._stream_type._owning(descriptor)
