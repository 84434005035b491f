"""Owners of the handle of a pipe's end, which wait with an asynchronous runtime.

The objects belong to the thread of their event loop: unlike the synchronous ones, they must not be
closed from another thread.
"""

from __future__ import annotations

import errno

from interprocess._interface.async_byte_stream import (
    AsyncByteReceiver,
    AsyncByteSender,
)
from interprocess._interface.async_owner import AsyncOwned
from interprocess._interface.async_runtime import Immediate
from interprocess._interface.octets import checked_size
from interprocess.os.windows import _calls
from interprocess.os.windows._async_pipe.end import AsyncPipeHandle
from interprocess.os.windows._async_pipe.reads_and_writes import Read, Write, now
from interprocess.os.windows._pipe.end import MOST_AT_ONCE
from interprocess.os.windows._pipe.owners import HandleOwner
from interprocess.os.windows._pipe.room import Fitting
from interprocess.os.windows._pipe.state import holds_bytes
from interprocess.os.windows._pipe.transfer import fill, writable_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn, TypeVar

    from interprocess._bindings._types import CData
    from interprocess._interface.async_runtime import Completion, CompletionRuntime
    from interprocess._interface.byte_stream import Buffer, WritableBuffer
    from interprocess.os.windows._pipe.end import PipeHandle

    Owner = TypeVar("Owner", bound="AsyncOwner")


class AsyncOwner(AsyncOwned, HandleOwner):
    """An object that owns the handle of one end of a pipe, for one direction of it or for both."""

    _runtime: CompletionRuntime
    _handle: AsyncPipeHandle
    _directions: tuple[Completion, ...] = ()

    @classmethod
    def _owning(cls: type[Owner], handle: PipeHandle) -> Owner:
        owner = super()._owning(handle)
        owner._start()
        return owner

    @classmethod
    def _owning_new(cls: type[Owner], handle: PipeHandle) -> Owner:
        """Return a new object over an unused handle."""
        return cls._owning(AsyncPipeHandle.from_sync(handle, cls._runtime))

    def _start(self) -> None:
        """Prepare to wait for the object's directions."""

    def close(self) -> None:
        super().close()
        for direction in self._directions:
            direction.wake_soon()

    close.__doc__ = (HandleOwner.close.__doc__ or "").replace("threads", "tasks")

    def detach(self) -> int:
        """Return the open `HANDLE`, which the caller then owns and has to close.

        It stays bound to the completion port of the event loop that used it. Raises `ValueError`
        after `close()`, while another task is inside a call, and while bytes of a cancelled call
        are kept.
        """
        self._check_idle()
        self._check_nothing_kept()
        return super().detach()

    def _give_up(self) -> PipeHandle:
        """Give the handle to a synchronous owner. Raises as `detach`."""
        self._check_idle()
        self._check_nothing_kept()
        return self._handle.to_sync()


class AsyncReceiver(AsyncOwner, AsyncByteReceiver):
    """Receiving from a pipe. ReadFile function."""

    _reading: Completion

    def _start(self) -> None:
        super()._start()
        self._reading = self._runtime.completion("receiving from")
        self._directions += (self._reading,)

    async def recv(self, size: int, /) -> bytes:
        size = min(checked_size(size), MOST_AT_ONCE)
        if self._kept or not size:
            return await self._at_once(self._take_bytes, size)  # type: ignore[no-any-return]  # it returns bytes
        if self._handle.origin.receiving_has_ended:
            return await self._at_once(bytes)  # type: ignore[no-any-return]  # the end of the stream
        while True:
            operation = Read(self._handle, size)
            try:
                received = await self._reading.perform(operation)
            except BaseException:
                if operation.done_in_vain():
                    self._keep([operation.contents()])
                raise
            if received is not None:
                return received  # type: ignore[no-any-return]  # it is bytes

    async def recv_into(self, buffer: WritableBuffer, /) -> int:
        return await self.recv_vectored([buffer])

    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`.

        A pipe reads into a single buffer. So this receives as many bytes as fit into all, and
        copies.
        """
        received = await self.recv(sum(map(writable_size, buffers)))
        fill(buffers, received)
        return len(received)

    def _recv_into_now(self, buffers: Sequence[WritableBuffer]) -> int:
        """Receive into BUFFERS what has arrived; raises `BlockingIOError` if nothing has."""
        # A read of an empty pipe may receive bytes just before it is cancelled.
        if not self._handle.perform(holds_bytes):
            raise BlockingIOError(errno.EAGAIN, "nothing has arrived")
        received = now(Read(self._handle, sum(map(writable_size, buffers))))
        fill(buffers, received or b"")
        return len(received or b"")

    async def _at_once(self, call: Callable[..., Any], *arguments: object) -> Any:
        """Return the result of a call that does not wait, in order with calls that do."""

        def call_if_open() -> Any:
            self._handle.check_open()
            return call(*arguments)

        return await self._reading.perform(Immediate(call_if_open))


class AsyncSender(AsyncOwner, AsyncByteSender):
    """Sending to a pipe. WriteFile function."""

    _writing: Completion

    def _start(self) -> None:
        super()._start()
        self._writing = self._runtime.completion("sending to")
        self._directions += (self._writing,)

    async def send(self, data: Buffer, /) -> int:
        handle = self._handle
        if self._cut_short is not None or self.closed or handle.is_cut_short:
            return await self._writing.perform(Immediate(self._refuse))  # type: ignore[no-any-return]  # it raises
        # As in the synchronous class, in parts that are each sent completely or not at all.
        quota = handle.quota()
        with memoryview(data) as whole, whole.cast("B") as octets:
            memory = _calls.copy_of(octets[: quota or MOST_AT_ONCE])
        size = len(memory)
        if not size:
            return await self._writing.perform(Immediate(handle.check_open))  # type: ignore[no-any-return]  # it is 0
        if not quota:
            return await self._write_unbuffered(memory, size)
        return await self._write(memory, size, fitting=Fitting(handle.origin, quota))

    def _send_now(self, data: Buffer) -> int:
        """Send DATA, which fits into the pipe's buffer; raises `BlockingIOError` if it is full."""
        memory = _calls.copy_of(memoryview(data))
        return now(Write(self._handle, memory, 0, len(memory), None))  # type: ignore[no-any-return]  # a number

    async def _write(
        self, memory: CData, size: int, *, offset: int = 0, fitting: Fitting | None = None
    ) -> int:
        """Write SIZE bytes, or with FITTING as much as fits or a single byte; return the count.

        If cancelled, nothing was sent, unless the exception says otherwise.
        """
        operation = Write(self._handle, memory, offset, size, fitting)
        try:
            return await self._writing.perform(operation)  # type: ignore[no-any-return]  # it is a number
        except BaseException:
            if operation.done_in_vain():
                self._note_cut_short(operation.count, size)
            elif operation.is_in_doubt:
                self._handle.is_cut_short = True
            raise

    async def _write_unbuffered(self, memory: CData, size: int) -> int:
        """Write SIZE bytes to a pipe without a buffer, and return the number written.

        A write ends when the peer has read all of it. Before that, the peer may have a part, except
        of a single byte.
        """
        await self._write(memory, 1)
        if size == 1:
            return 1
        try:
            return 1 + await self._write(memory, size - 1, offset=1)
        except OSError:
            return 1  # The next call, if any, raises it.
        except BaseException:
            if self._cut_short is None:
                self._note_cut_short(1, size)
                self._handle.is_cut_short = True
            raise

    async def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers in order, as if they were one; otherwise as `send`.

        A pipe writes from a single buffer. So this copies them into one.
        """
        return await self.send(b"".join(buffers))

    async def wait_writable(self) -> None:
        """Return at once: Windows does not report whether there is room."""
        await self._writing.perform(Immediate(self._handle.check_open))

    def _refuse(self) -> NoReturn:
        self._handle.check_open()
        self._handle.check_sends()
        assert self._cut_short is not None
        raise self._cut_short

    def _stop_sending(self) -> None:
        pass  # A pipe can signal the end only by closing, which is up to the owner.
