"""Owners of a descriptor in nonblocking mode, which wait for it with a runtime.

The objects belong to the thread of their event loop: unlike the synchronous ones, they must not be
closed from another thread.
"""

from __future__ import annotations

from abc import abstractmethod

from interprocess._interface.async_byte_stream import (
    MOST_AT_ONCE,
    NOTHING_KEPT,
    AsyncByteReceiver,
    AsyncByteSender,
)
from interprocess._interface.async_owner import AsyncOwned
from interprocess._interface.octets import checked_size
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.descriptor import is_ready
from interprocess.os.unix._descriptor.owners import DescriptorOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any, TypeVar

    from interprocess._interface.async_runtime import Readiness, ReadinessRuntime
    from interprocess._interface.byte_stream import Buffer, WritableBuffer
    from interprocess.os.unix._descriptor.descriptor import Descriptor

    Owner = TypeVar("Owner", bound="AsyncOwner")


class AsyncOwner(AsyncOwned, DescriptorOwner):
    """An object that owns a descriptor, and waits for one direction of it or for both."""

    _runtime: ReadinessRuntime
    _directions: tuple[Readiness, ...] = ()

    @classmethod
    def _owning(cls: type[Owner], descriptor: Descriptor) -> Owner:
        owner = super()._owning(descriptor)
        owner._start()
        return owner

    def _start(self) -> None:
        """Switch to nonblocking mode and prepare to wait for the object's directions."""
        self._descriptor.enter_event_loop()

    def close(self) -> None:
        """Close the descriptor; closing again does nothing. close(2).

        Calls in progress in other tasks are woken and raise `ValueError`.
        """
        self._stop_waiting()
        super().close()

    def detach(self) -> int:
        """Return the open file descriptor, in its original mode, which the caller then owns.

        Raises `ValueError` after `close()`, while another task is inside a call, and while bytes of
        a cancelled call are kept.
        """
        self._prepare_to_give_up()
        return super().detach()

    def _give_up(self) -> Any:
        """Give the descriptor to a new owner for the synchronous class. Raises as `detach`."""
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


class AsyncReceiver(AsyncOwner, AsyncByteReceiver):
    """Receiving from a descriptor, with the calls for its kind."""

    _reading: Readiness
    #: Flags for the calls of sockets.
    _recv_flags = 0

    #: Receives at most a number of bytes, with flags, without waiting.
    _recv_now: Callable[[int, int], bytes]

    def _start(self) -> None:
        super()._start()
        self._reading = self._runtime.readable(self._descriptor.number)
        self._directions += (self._reading,)
        # An attribute of the object: CPython finds attributes of the class more slowly.
        self._kept = NOTHING_KEPT

    @abstractmethod
    def _recv_into_now(self, buffers: Sequence[WritableBuffer]) -> int:
        """Receive into several buffers without waiting."""

    # Without `async`, to save a coroutine.

    def recv(self, size: int, /) -> Coroutine[Any, Any, bytes]:
        if type(size) is not int or not 0 < size <= MOST_AT_ONCE or self._kept:
            size = min(checked_size(size), MOST_AT_ONCE)
            if not size or self._kept:
                return self._at_once(self._take_bytes, size)
        return self._reading.receive(self._recv_now, size, self._recv_flags, self)

    def recv_into(self, buffer: WritableBuffer, /) -> Coroutine[Any, Any, int]:
        return self.recv_vectored([buffer])

    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        some = buffers[: _calls.MAX_BUFFERS]
        has_room = any(memoryview(buffer).nbytes for buffer in some)
        receive = self._take_into if self._kept or not has_room else self._recv_into_now
        return await self._reading.perform(receive, some)

    async def _at_once(self, call: Callable[..., Any], *arguments: object) -> Any:
        return await self._reading.perform(call, *arguments)


class AsyncSender(AsyncOwner, AsyncByteSender):
    """Sending to a descriptor, with the calls for its kind."""

    _writing: Readiness

    def _start(self) -> None:
        super()._start()
        self._writing = self._runtime.writable(self._descriptor.number)
        self._directions += (self._writing,)
        self._cut_short = None  # An attribute of the object, as above.

    @abstractmethod
    def _send_now(self, data: Buffer) -> int:
        """Send without waiting."""

    @abstractmethod
    def _send_vectored_now(self, buffers: Sequence[Buffer]) -> int:
        """Send from several buffers without waiting."""

    # Without `async`, to save a coroutine. The callables are bound methods of this object, which
    # keeps it alive while a call waits.

    def send(self, data: Buffer, /) -> Coroutine[Any, Any, int]:
        return self._writing.perform(self._checked, self._send_now, data)

    def send_vectored(self, buffers: Sequence[Buffer], /) -> Coroutine[Any, Any, int]:
        return self._writing.perform(self._checked, self._send_vectored_now, buffers)

    def _checked(self, send: Callable[..., int], data: object) -> int:
        if self._cut_short is not None:
            raise self._cut_short
        return send(data)

    async def wait_writable(self) -> None:
        """Wait until there may be room to send."""
        await self._writing.perform(_check_writable, self._descriptor.number)


def _check_writable(number: int) -> None:
    if not is_ready(number, _calls.POLLOUT):
        raise BlockingIOError
