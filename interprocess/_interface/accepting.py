"""Iterating over a listener: one rule for all platforms and runtimes.

`accept` raises every error. A server's loop has to survive temporary ones:

- Descriptors or memory have run out: the loop pauses and tries again, and a `RuntimeWarning`
  explains why no client is accepted. Clients wait in the backlog meanwhile.
- A client left before it was accepted: the loop goes on with the next one.
- The listener is closed: the loop ends.

Any other error ends the loop with that error.
"""

from __future__ import annotations

import errno
import sys
import warnings
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Generic, Protocol, TypeVar

    StreamType_co = TypeVar("StreamType_co", covariant=True)
    StreamType = TypeVar("StreamType")

    class _Of(Generic[StreamType]):
        """A base that is generic to type checkers alone: importing `typing` takes time."""

    class Accepting(Protocol[StreamType_co]):
        """A synchronous listener."""

        _warned_at: float

        @property
        def closed(self) -> bool: ...
        def accept(self) -> StreamType_co: ...

    class AsyncAccepting(Protocol[StreamType_co]):
        """An asynchronous listener."""

        _warned_at: float

        @property
        def closed(self) -> bool: ...
        async def accept(self) -> StreamType_co: ...

    class Servable(Accepting[StreamType_co], Protocol[StreamType_co]):
        """The part of a synchronous listener that a server uses."""

        def __next__(self) -> StreamType_co: ...
        def close(self) -> None: ...
        def _watch_close(self, watcher: Callable[[], object]) -> None: ...
        def _unwatch_close(self, watcher: Callable[[], object]) -> None: ...

    class AsyncServable(AsyncAccepting[StreamType_co], Protocol[StreamType_co]):
        """The part of an asynchronous listener that a server uses."""

        async def __anext__(self) -> StreamType_co: ...
        def close(self) -> None: ...
        def _watch_close(self, watcher: Callable[[], object]) -> None: ...
        def _unwatch_close(self, watcher: Callable[[], object]) -> None: ...

else:
    StreamType = None

    class _Of:
        def __class_getitem__(cls, _: object) -> type:
            return cls


#: Seconds for which a loop pauses when descriptors or memory have run out.
PAUSE = 0.1

#: Minimum number of seconds between two warnings, however often resources run out.
QUIET_TIME = 60.0

_SHORTAGES = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))

#: Shortages for which Python has no `errno`: ERROR_OUTOFMEMORY, ERROR_PIPE_BUSY (all instances that
#: the pipe may have are in use), ERROR_NO_SYSTEM_RESOURCES, ERROR_WORKING_SET_QUOTA,
#: ERROR_COMMITMENT_LIMIT.
_WINDOWS_SHORTAGES = frozenset((14, 231, 1450, 1453, 1455))


class ListenerBase:
    """The part of every listener that a server uses: it learns of `close()`."""

    _warned_at = -QUIET_TIME
    _close_watchers: list[Callable[[], object]]

    def _watch_close(self, watcher: Callable[[], object]) -> None:
        """Call WATCHER when the listener is closed, maybe in another thread or a signal handler."""
        self.__dict__.setdefault("_close_watchers", []).append(watcher)

    def _unwatch_close(self, watcher: Callable[[], object]) -> None:
        self._close_watchers.remove(watcher)

    def _tell_close_watchers(self) -> None:
        for watcher in self.__dict__.get("_close_watchers", ()):
            watcher()


class ClientIterator(_Of[StreamType]):
    """The base of every synchronous listener: an iterator over the streams of its clients."""

    __slots__ = ()

    _warned_at: float

    if TYPE_CHECKING:  # The backend's listener implements these.

        @property
        def closed(self) -> bool: ...
        def accept(self, timeout: float | None = None) -> StreamType: ...

    def incoming(self) -> Iterator[StreamType]:
        """Return an iterator over the streams of clients, as iterating the listener does."""
        return iter(self)

    def __iter__(self) -> Iterator[StreamType]:
        return self

    def __next__(self) -> StreamType:
        return next_client(self)


def next_client(listener: Accepting[StreamType]) -> StreamType:
    """Return the next client's stream, as the listener's `__next__`."""
    while True:
        try:
            return listener.accept()
        except (OSError, ValueError) as error:
            pause = _pause_or_raise(listener, error, StopIteration)
        sleep(pause)


async def next_client_async(
    listener: AsyncAccepting[StreamType], sleep: Callable[[float], Awaitable[None]]
) -> StreamType:
    """Return the next client's stream, as the listener's `__anext__`; SLEEP is the runtime's."""
    while True:
        try:
            return await listener.accept()
        except (OSError, ValueError) as error:
            pause = _pause_or_raise(listener, error, StopAsyncIteration)
        await sleep(pause)


def _pause_or_raise(
    listener: Accepting[object] | AsyncAccepting[object],
    error: OSError | ValueError,
    end: type[Exception],
) -> float:
    """Return the pause before accepting again; raise END of a closed listener, or else ERROR."""
    if isinstance(error, ValueError) and listener.closed:
        raise end from None
    pause = None if isinstance(error, ValueError) else pause_after(error)
    if pause is None:
        raise error
    if pause:
        warn(listener, error, depth=4)
    return pause


def pause_after(error: OSError) -> float | None:
    """Return the pause before accepting again, in seconds, or `None` if ERROR must be raised."""
    if is_shortage(error):
        return PAUSE
    return 0.0 if says_client_left(error) else None


def is_shortage(error: OSError) -> bool:
    """Return true if ERROR means that descriptors, handles or memory have run out."""
    return error.errno in _SHORTAGES or getattr(error, "winerror", None) in _WINDOWS_SHORTAGES


def says_client_left(error: OSError) -> bool:
    """Return true if ERROR of `accept` concerns only the client that it was about to return."""
    return isinstance(error, ConnectionError) or error.errno == errno.EPROTO


def warn(
    listener: Accepting[object] | AsyncAccepting[object], error: BaseException, depth: int = 3
) -> None:
    """Warn that no client can be accepted for now, and why; at most once per QUIET_TIME.

    The warning points at the user's loop, which is DEPTH frames up.
    """
    now = monotonic()
    if now - listener._warned_at < QUIET_TIME:
        return
    listener._warned_at = now
    frame = sys._getframe(depth)
    # Without a registry, which would suppress later warnings. (`logging` would have to be imported,
    # and there may be no descriptor left for that.)
    warnings.warn_explicit(
        f"no client of {getattr(listener, 'name', listener)} can be accepted for now: {error}",
        RuntimeWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__"),
    )
