"""Owners of a descriptor in nonblocking mode, which wait for it with a runtime.

The objects belong to one thread, that of their event loop: unlike the synchronous ones, they are
not to be closed from another.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from functools import partial

from interprocess._interface.async_byte_stream import (
    AsyncByteReceiver,
    AsyncByteSender,
    AsyncResource,
)
from interprocess._interface.byte_stream import closed_error
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor import is_ready
from interprocess.os.unix._ends import DescriptorOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any, SupportsIndex, TypeVar

    from interprocess._interface.async_runtime import Readiness, ReadinessRuntime
    from interprocess._interface.byte_stream import Buffer, WritableBuffer
    from interprocess.os.unix._descriptor import Descriptor

    Owner = TypeVar("Owner", bound="AsyncOwner")


class AsyncOwner(DescriptorOwner, AsyncResource):
    """An object that owns a descriptor, and waits for one direction of it or for both."""

    _runtime: ReadinessRuntime
    _directions: tuple[Readiness, ...] = ()

    @classmethod
    def _owning(cls: type[Owner], descriptor: Descriptor) -> Owner:
        owner = super()._owning(descriptor)
        owner._start()
        return owner

    def _start(self) -> None:
        """Switch nonblocking mode on, and get ready to wait."""
        descriptor = self._descriptor
        descriptor.enter_event_loop()
        self._directions = self._new_directions(descriptor.number)

    @abstractmethod
    def _new_directions(self, number: int) -> tuple[Readiness, ...]:
        """Return what waits for the descriptor, and note it where the verbs find it."""

    def close(self) -> None:
        """Close it; closing again does nothing. close(2).

        Calls of other tasks that are in progress are woken and raise `ValueError`.
        """
        self._stop_waiting()
        super().close()

    async def aclose(self) -> None:
        """Close it, as `close()` does, and let other tasks run."""
        self.close()
        await self._runtime.yield_once()

    def detach(self) -> int:
        """Give up the file descriptor, open and in the mode in which it was found, to the caller.

        Raises `ValueError` after `close()`, while another task is inside a call, and while bytes
        are kept that a cancelled call brought back.
        """
        self._prepare_to_give_up()
        return super().detach()

    def _give_up(self) -> Any:
        """Give up the descriptor to a new owner, of the synchronous twin. Raises as `detach`."""
        self._prepare_to_give_up()
        descriptor = self._descriptor.successor()
        if descriptor.nonblocking:
            descriptor.set_nonblocking(False)
        return descriptor

    def _prepare_to_give_up(self) -> None:
        self._check_idle()
        self._check_nothing_kept()
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        for direction in self._directions:
            direction.close()

    def _check_idle(self) -> None:
        if self.closed:
            raise closed_error(self)
        if any(direction.busy for direction in self._directions):
            raise ValueError(f"another task is inside a call on {self!r}")

    def _check_nothing_kept(self) -> None:
        pass

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        raise TypeError(f"{self!r} belongs to an event loop: what to_sync() returns can be sent")


def _read_through_cffi(number: int, buffers: Sequence[WritableBuffer]) -> int:
    with _calls.Vector(buffers, writable=True) as vector:
        return _calls.readv(number, vector.entries, vector.count)


#: PyPy's `os` lacks it.
_read_vectored = getattr(os, "readv", _read_through_cffi)


class AsyncReceiver(AsyncOwner, AsyncByteReceiver):
    """Receiving from a descriptor. read(2), readv(2)."""

    _reading: Readiness

    #: Receives at most so many bytes without waiting.
    _recv_now: Callable[[int], bytes]

    def _start(self) -> None:
        super()._start()
        self._recv_now = self._new_recv_now()

    def _new_recv_now(self) -> Callable[[int], bytes]:
        return partial(os.read, self._descriptor.number)

    # Without `async`, to spare a coroutine on the way to the one that is awaited.

    def recv(self, size: int, /) -> Coroutine[Any, Any, bytes]:
        if size < 0:
            raise ValueError(f"size must not be negative: {size}")
        if self._kept or not size:
            return self._reading.perform(self._take, size)
        return self._reading.receive(self._recv_now, size)

    def recv_into(self, buffer: WritableBuffer, /) -> Coroutine[Any, Any, int]:
        return self.recv_vectored([buffer])

    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        if self._kept:
            return await self._reading.perform(self._take_into, buffers)
        number, some = self._descriptor.number, buffers[: _calls.MAX_BUFFERS]
        return await self._reading.perform(_read_vectored, number, some)

    def _check_nothing_kept(self) -> None:
        if self._kept:
            raise ValueError(
                f"{len(self._kept)} bytes are left of a cancelled call: receive them first"
            )


class AsyncSender(AsyncOwner, AsyncByteSender):
    """Sending to a descriptor, with the calls that the kind of descriptor needs."""

    _writing: Readiness

    @staticmethod
    @abstractmethod
    def _send_now(number: int, data: Buffer) -> int:
        """Send without waiting."""

    @staticmethod
    @abstractmethod
    def _send_vectored_now(number: int, buffers: Sequence[Buffer]) -> int:
        """Send from several buffers without waiting."""

    # Without `async`, to spare a coroutine on the way to the one that is awaited.

    def send(self, data: Buffer, /) -> Coroutine[Any, Any, int]:
        if self._cut_short is not None:
            return self._refuse()
        number = self._descriptor.number
        return self._writing.perform(self._send_now, number, data)

    def send_vectored(self, buffers: Sequence[Buffer], /) -> Coroutine[Any, Any, int]:
        if self._cut_short is not None:
            return self._refuse()
        number = self._descriptor.number
        return self._writing.perform(self._send_vectored_now, number, buffers)

    async def wait_writable(self) -> None:
        """Wait until there may be room for something to send."""
        await self._writing.perform(_check_writable, self._descriptor.number)

    def _refuse(self) -> Coroutine[Any, Any, int]:
        return self._writing.perform(_raise, self._cut_short)


def _raise(error: BaseException) -> int:
    raise error


def _check_writable(number: int) -> None:
    if not is_ready(number, _calls.POLLOUT):
        raise BlockingIOError
