"""Receiving and sending bytes over one end of any kind of pipe."""

from __future__ import annotations

from interprocess._interface.byte_stream import MOST_AT_ONCE, ByteReceiver, ByteSender
from interprocess._interface.octets import checked_buffers, checked_size
from interprocess._interface.timeouts import deadline_after
from interprocess.os.windows import _calls
from interprocess.os.windows._pipe.owners import StreamEnd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess._interface.byte_stream import Buffer, Noted, WritableBuffer


class PipeReceiver(StreamEnd, ByteReceiver):
    """Receiving from a pipe. ReadFile function."""

    __slots__ = ()

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        with _calls.writable_memory(buffer) as memory:
            return self._handle.read(memory, min(len(memory), MOST_AT_ONCE), deadline, noted)

    def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream.

        ReadFile function.

        Otherwise as `recv_into`.
        """
        size = min(checked_size(size), MOST_AT_ONCE)
        memory = _calls.new_buffer(size)
        count = self._handle.read(memory, size, deadline_after(self._recv_timeout))
        return _calls.contents(memory, count)

    def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`.

        A pipe reads into a single buffer. So this receives into one of the total size, and copies.
        ReadFile function.
        """
        parts = checked_buffers(buffers)
        received = self.recv(sum(map(writable_size, parts)))
        fill(parts, received)
        return len(received)


def fill(buffers: Sequence[WritableBuffer], received: bytes) -> None:
    """Copy received bytes into buffers, each filled before the next."""
    start = 0
    for buffer in buffers:
        with _calls.writable_memory(buffer) as memory:
            part = received[start : start + len(memory)]
            memory[0 : len(part)] = part
        start += len(part)


def writable_size(buffer: WritableBuffer) -> int:
    """Return the size of a writable buffer in bytes."""
    with _calls.writable_memory(buffer) as memory:
        return len(memory)


class PipeSender(StreamEnd, ByteSender):
    """Sending to a pipe. WriteFile function."""

    __slots__ = ()

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        return self._handle.write(data, deadline, noted)

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers in order, as if they were one; otherwise as `send`.

        A pipe writes from a single buffer. So this copies them into one. WriteFile function.
        """
        return self.send(b"".join(checked_buffers(buffers)))
