"""The common part of asynchronous streams and halves, for any runtime.

`interprocess.shared_memory._sleeping` explains the protocol. A task sleeps in a receive from an
asynchronous local socket. A call takes or publishes data only after the last point at which it can
be cancelled, and awaits nothing afterwards.
"""

from __future__ import annotations

import errno

from interprocess._interface import lifetime
from interprocess._interface.async_owner import AsyncOwned
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.timeouts import pauses
from interprocess.errors import UnsupportedError
from interprocess.shared_memory._sleeping import MOST_WAKES, WAKE
from interprocess.shared_memory.local_socket._holder import ChannelHolder
from interprocess.shared_memory.local_socket._platform import below
from interprocess.shared_memory.local_socket._wires import Wires

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from interprocess._interface.async_runtime import Runtime
    from interprocess.shared_memory._ring import Side
    from interprocess.shared_memory.local_socket._channel import Channel

    End = TypeVar("End", bound="AsyncChannelEnd")


class Direction:
    """A context manager that admits one task at a time to one direction of an object."""

    __slots__ = ("_busy_in", "_doing", "_runtime")

    def __init__(self, runtime: Runtime, doing: str) -> None:
        self._runtime = runtime
        self._doing = doing
        self._busy_in = -1

    @property
    def busy(self) -> bool:
        # Tasks of the parent process do not continue after a fork.
        return self._busy_in == lifetime.generation

    def __enter__(self) -> None:
        if self.busy:
            raise self._runtime.busy_error(f"another task is already {self._doing} this")
        self._busy_in = lifetime.generation

    def __exit__(self, *exception: object) -> None:
        self._busy_in = -1


class AsyncChannelEnd(ChannelHolder, AsyncOwned):
    """An asynchronous object over a channel."""

    #: The type of an asynchronous local socket.
    _plain_type: Any
    _directions: tuple[Any, ...] = ()

    async def _opened(self) -> Channel:
        """Return the channel once it is open."""
        channel = self._channel
        for pause in pauses():
            self._check_open()
            below.check_loop(self._main)
            if channel.is_open:
                break
            if channel.begin_to_open():
                try:
                    await channel.agree_async(self._main)
                finally:
                    channel.end_opening()
            else:
                await self._runtime.sleep(pause)
        if self._room is None and channel.beside:
            self._use(Wires(self._main, *map(self._plain_type.from_sync, channel.beside)))
        return channel

    async def _carrier(self) -> Any:
        """Return the local socket for objects."""
        await self._opened()
        return self._wires.carrier or self._main

    async def _turn(self, side: Side) -> int:
        """Take the turn of SIDE, once it is free, and return the index."""
        for pause in pauses():
            self._check_open()
            try:
                for index in side.turns:
                    return index
            except IndexError:
                await self._runtime.sleep(pause)
        raise AssertionError("pauses never end")

    def _wake(self, side: Side, state: int, stream: Any) -> bool:
        """Send a wake byte to the peer, whose STATE is new; return `False` if the peer has left."""
        if stream.closed:
            return True
        try:
            stream._send_now(WAKE)
        except BlockingIOError:
            pass  # The socket is full of wake bytes.
        except (BrokenPipeError, ConnectionResetError):
            return False
        side.known = state
        return True

    async def _sleep(self, stream: Any) -> bool:
        """Wait for a wake byte; return `False` if the peer has left."""
        try:
            return bool(await stream.recv(MOST_WAKES))
        except (ConnectionResetError, BrokenPipeError):
            return False

    def _check_open(self) -> None:
        if self.closed:
            raise closed_error(self)

    def close(self) -> None:
        """Close the object; closing again does nothing.

        Calls in progress in other tasks wake up and raise `ValueError`.
        """
        self._end_holding()

    def detach(self) -> int:
        """Raise `UnsupportedError`: the local socket is useless without the memory."""
        self._check_idle()
        self._check_nothing_kept()
        raise UnsupportedError(errno.ENOTSUP, "a connection through memory cannot be detached")

    def _as_runtime_has_it(self, error: OSError) -> OSError:
        """Convert a system error to the runtime's error."""
        return error
