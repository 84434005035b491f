"""Receiving and sending bytes or messages over one end of a named pipe, asynchronously."""

from __future__ import annotations

from interprocess._interface.async_runtime import Immediate
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.octets import octets
from interprocess._interface.sizes import MAX_BUFFER_SIZE, checked_number
from interprocess.os.windows import _calls
from interprocess.os.windows._async_pipe.owners import AsyncReceiver, AsyncSender
from interprocess.os.windows._async_pipe.reads_and_writes import ReadMessage
from interprocess.os.windows.named_pipe import _messages
from interprocess.os.windows.named_pipe._async_flush import Flushing
from interprocess.os.windows.named_pipe._enumerations import PipeMode
from interprocess.os.windows.named_pipe._owners import ReceivingEnd, SendingEnd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from interprocess._interface.byte_stream import Buffer, WritableBuffer


class AsyncReceiving(ReceivingEnd, AsyncReceiver):
    """Receiving bytes or messages."""

    _receiving_state = (*AsyncReceiver._receiving_state, "recv_mode", "_kept_part", "_kept_error")

    #: A message or its beginning that a cancelled call had read, and whether it is complete.
    _kept_part: tuple[bytes, bool] | None = None
    #: The error that a cancelled call would have raised.
    _kept_error: OSError | None = None

    async def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream.

        ReadFile function. Raises `UnsupportedError` unless `recv_mode` is `PipeMode.BYTES`.
        """
        self._check_receives(PipeMode.BYTES)
        return await super().recv(size)

    async def recv_msg(self, *, quota: int | None = None) -> bytes | None:
        """Receive a message, which may be empty; `None` is the end of the stream.

        ReadFile function.

        The buffer grows with the message, up to QUOTA bytes if given. The rest of a longer message
        is discarded, and `MessageTooLongError` has the beginning and the length. If a sender gives
        up while sending a message larger than the pipe's buffer, a part of the message remains:
        this raises `OSError` with `EBADMSG`, with the part in `partial`.

        A cancelled call loses no message; an error that it would have raised is raised by the next
        call.

        Raises `UnsupportedError` unless `recv_mode` is `PipeMode.MESSAGES`.
        """
        self._check_receives(PipeMode.MESSAGES)
        if quota is not None:
            checked_number("quota", quota, 0, MAX_BUFFER_SIZE)
        if self._kept_error is not None:
            await self._reading.perform(Immediate(self._raise_kept_error))
        size = 1 if self.closed else _messages.size_to_ask_for(self._handle)
        part = await self._receive_part(size, quota)
        return None if part is None else _messages.whole_message(self._handle, *part, quota)

    async def _receive_part(self, size: int, quota: int | None = None) -> tuple[bytes, bool] | None:
        if self._kept_part is not None or self._handle.begun is not None:
            return await self._reading.perform(Immediate(self._take_part))  # type: ignore[no-any-return]  # as annotated
        operation = ReadMessage(self._handle, size)
        try:
            return await self._reading.perform(operation)  # type: ignore[no-any-return]  # as annotated
        except BaseException:
            if operation.done_in_vain():
                self._keep_message(*operation.part(), quota)
            raise

    def _keep_message(self, begun: bytes, is_whole: bool, quota: int | None) -> None:
        """Keep the message of a cancelled call: all of it, while the sender waits."""
        try:
            self._kept_part = _messages.whole_message(self._handle, begun, is_whole, quota), True
        except OSError as error:
            self._kept_error = error
        except ClosedError:
            pass

    def _raise_kept_error(self) -> NoReturn:
        self._handle.check_open()
        assert self._kept_error is not None
        error, self._kept_error = self._kept_error, None
        raise error

    def _take_part(self) -> tuple[bytes, bool] | None:
        self._handle.check_open()
        part, self._kept_part = self._kept_part, None
        begun = self._handle.begun
        return part if begun is None else (begun, False)

    def _check_nothing_kept(self) -> None:
        super()._check_nothing_kept()
        if self._kept_part is not None or self._kept_error is not None:
            raise ValueError("a message is left of a cancelled call: receive it first")

    async def recv_msg_into(
        self, buffer: WritableBuffer, *, quota: int | None = None
    ) -> int | None:
        """Receive a message into BUFFER and return its length; `None` is the end of the stream.

        A `bytearray` that is too short grows, up to QUOTA bytes if given; other buffers do not.
        Otherwise as `recv_msg`.
        """
        try:
            message = await self.recv_msg(quota=_messages.limit_of(buffer, quota))
        except _messages.MessageTooLongError as error:
            _messages.fill(buffer, error.partial)
            raise
        return _messages.fill(buffer, message)

    def peek_msg_len(self) -> int:
        begun, is_whole = self._kept_part or (b"", False)
        return len(begun) + (0 if is_whole else super().peek_msg_len())


class AsyncSending(SendingEnd, AsyncSender):
    """Sending bytes or messages."""

    _sending_state = (*AsyncSender._sending_state, "send_mode")

    async def send(self, data: Buffer, /) -> int:
        """Send bytes, or one message, and return the number of bytes sent. WriteFile function.

        With `PipeMode.MESSAGES`, all of DATA is one message, which may be empty. A cancelled call
        has sent nothing, unless the next call raises an error that says otherwise. The peer may
        have received a part of a cancelled message that is longer than the pipe's buffer.
        """
        self._check_sends()
        if self.send_mode is PipeMode.BYTES or self._cut_short is not None or self.closed:
            return await super().send(data)
        memory = _calls.copy_of(octets(data))
        return await self._write(memory, len(memory))

    async def flush(self) -> None:
        """Wait until the peer has received all data, or has left.

        FlushFileBuffers function, in a thread: no completion port reports its end.

        Returns at once if nothing was sent since the last flush. Raises `BrokenPipeError` if the
        peer leaves first.
        """
        handle = self._handle
        if not handle.dirty or handle.closing:
            await self._writing.perform(Immediate(handle.check_open))
            return
        handle.dirty = False
        try:
            await self._writing.perform(Flushing(handle))
        except BaseException:
            handle.dirty = True
            raise
        handle.origin.dirty = False
