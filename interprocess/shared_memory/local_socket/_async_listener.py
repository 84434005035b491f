"""An asynchronous server for connections through memory, for any runtime."""

from __future__ import annotations

from typing import Any, TypeVar

from interprocess._interface.async_owner import AsyncClientIterator
from interprocess.shared_memory.local_socket._async_stream import AsyncStream, accepted, offered
from interprocess.shared_memory.local_socket._listener import Listener
from interprocess.shared_memory.local_socket._platform import below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess.local_socket import ListenerOptions, Name

    ListenerType = TypeVar("ListenerType", bound="AsyncListener[Any]")

StreamType = TypeVar("StreamType", bound=AsyncStream[Any, Any])


class AsyncListener(below.ListenerNumberOwner, AsyncClientIterator[StreamType]):
    """A server's end of a local socket, for connections through memory.

    `listen(…)` creates it. Except for the streams that it returns, it works like the listeners of
    `interprocess.local_socket.asyncio` and `.trio`.
    """

    #: The type of an asynchronous listener of plain local sockets.
    _plain_type: Any
    _stream_type: type[StreamType]
    #: Clients that were accepted by a cancelled call.
    _arrived: list[StreamType]
    _warned_at = -60.0

    def __init__(self, fd: int, **options: bool | None) -> None:
        self._plain = self._plain_type(fd, **options)
        self._arrived = []

    @classmethod
    def from_options(cls: type[ListenerType], options: ListenerOptions) -> ListenerType:
        """Return a new listener."""
        return cls._over(cls._plain_type.from_options(options))

    @classmethod
    def _over(cls: type[ListenerType], plain: Any) -> ListenerType:
        listener = cls.__new__(cls)
        listener._plain = plain
        listener._arrived = []
        return listener

    @classmethod
    def from_sync(cls: type[ListenerType], listener: Listener, /) -> ListenerType:
        """Convert a synchronous listener, which this closes, to an asynchronous one."""
        return cls._over(cls._plain_type.from_sync(listener))

    def to_sync(self) -> Listener:
        """Convert this listener, which this closes, to a synchronous one."""
        plain = self._plain.to_sync()
        listener = Listener.__new__(Listener)
        listener.__dict__.update(plain.__dict__)
        plain.__dict__.clear()
        self._turn_away()
        return listener

    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream.

        A cancelled call loses no client. Raises `ValueError` if the listener is closed before or
        during the call. If a client does not send its offer within 0.1 seconds, its stream is
        returned anyway, and the first call of the stream receives the offer.
        """
        if self._arrived and not self.closed:
            return await offered(self, self._arrived.pop())  # type: ignore[no-any-return]  # its own
        return await accepted(self, await self._plain.accept())  # type: ignore[no-any-return]  # its own

    @property
    def name(self) -> Name:
        """The name that clients connect to."""
        name: Name = self._plain.name
        return name

    @property
    def closed(self) -> bool:
        """True if the listener was closed."""
        return bool(self._plain.closed)

    def close(self) -> None:
        """Close the listener; closing again does nothing. Waiting calls raise `ValueError`."""
        self._plain.close()
        self._turn_away()

    def detach(self) -> int:
        """Return the open descriptor, on Windows the `HANDLE`, which the caller must close.

        Raises `ValueError` after `close()`, and while another task is inside a call.
        """
        number: int = self._plain.detach()
        self._turn_away()
        return number

    def _turn_away(self) -> None:
        while self._arrived:
            self._arrived.pop().close()

    def keep_name(self) -> None:
        """Keep the socket file, if there is one, when the listener is closed."""
        self._plain.keep_name()

    def do_not_reclaim_name_on_drop(self) -> None:
        """Do the same as `keep_name`."""
        self._plain.do_not_reclaim_name_on_drop()

    def reclaim_name_on_drop(self, name: Any = None) -> None:
        """Remove the socket file, if there is one, when the listener is closed."""
        self._plain.reclaim_name_on_drop(name)

    def _watch_close(self, watcher: Callable[[], object]) -> None:
        self._plain._watch_close(watcher)

    def _unwatch_close(self, watcher: Callable[[], object]) -> None:
        self._plain._unwatch_close(watcher)

    def __repr__(self) -> str:
        return f"<Listener of {self._plain!r}>"
