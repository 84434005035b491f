"""Receiving and sending bytes or messages over one end of a named pipe."""

from __future__ import annotations

from interprocess._interface.sizes import MAX_BUFFER_SIZE, checked_number
from interprocess._interface.timeouts import deadline_after
from interprocess.os.windows._pipe.transfer import PipeReceiver, PipeSender
from interprocess.os.windows.named_pipe import _messages
from interprocess.os.windows.named_pipe._enumerations import PipeMode
from interprocess.os.windows.named_pipe._owners import ReceivingEnd, SendingEnd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.byte_stream import Buffer, Noted, WritableBuffer


class Receiving(ReceivingEnd, PipeReceiver):
    """Receiving bytes or messages."""

    __slots__ = ()

    _receiving_state = (*PipeReceiver._receiving_state, "recv_mode")

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        self._check_receives(PipeMode.BYTES)
        return super()._receive(buffer, deadline, noted)

    def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream.

        ReadFile function.

        Otherwise as `recv_into`. Raises `UnsupportedError` unless `recv_mode` is `PipeMode.BYTES`.
        """
        self._check_receives(PipeMode.BYTES)
        return super().recv(size)

    def recv_msg(self, *, quota: int | None = None) -> bytes | None:
        """Receive a message, which may be empty; `None` is the end of the stream.

        ReadFile function.

        The buffer grows with the message, up to QUOTA bytes if given. The rest of a longer message
        is discarded, and `MessageTooLongError` has the beginning and the length. If a sender gives
        up while sending a message larger than the pipe's buffer, a part of the message remains:
        this raises `OSError` with `EBADMSG`, with the part in `partial`.

        Otherwise as `recv_into`. Raises `UnsupportedError` unless `recv_mode` is
        `PipeMode.MESSAGES`.
        """
        self._check_receives(PipeMode.MESSAGES)
        if quota is not None:
            checked_number("quota", quota, 0, MAX_BUFFER_SIZE)
        return _messages.receive_message(self._handle, deadline_after(self._recv_timeout), quota)

    def recv_msg_into(self, buffer: WritableBuffer, *, quota: int | None = None) -> int | None:
        """Receive a message into BUFFER and return its length; `None` is the end of the stream.

        A `bytearray` that is too short grows, up to QUOTA bytes if given; other buffers do not.
        Otherwise as `recv_msg`.
        """
        try:
            return _messages.fill(buffer, self.recv_msg(quota=_messages.limit_of(buffer, quota)))
        except _messages.MessageTooLongError as error:
            _messages.fill(buffer, error.partial)
            raise


class Sending(SendingEnd, PipeSender):
    """Sending bytes or messages."""

    __slots__ = ()

    _sending_state = (*PipeSender._sending_state, "send_mode")

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        self._check_sends()
        if self.send_mode is PipeMode.MESSAGES:
            return self._handle.write_message(data, deadline, noted)
        return super()._send(data, deadline, noted)

    def send(self, data: Buffer, /) -> int:
        """Send bytes, or one message, and return the number of bytes sent. WriteFile function.

        With `PipeMode.MESSAGES`, all of DATA is one message, which may be empty. If sending a
        message longer than the pipe's buffer times out, the peer may have received a part of it.
        Otherwise as `send` of all streams.
        """
        return super().send(data)

    def flush(self) -> None:
        """Wait until the peer has received all data, or has left.

        FlushFileBuffers function.

        Returns at once if nothing was sent since the last flush. The send timeout applies;
        nonblocking mode does not. Raises `BrokenPipeError` if the peer leaves first.
        """
        self._check_open()
        self._handle.flush(deadline_after(self._send_timeout))
