"""The verbs of asynchronous byte streams, on top of the few that a backend implements.

They are those of `interprocess._interface.byte_stream`, and there are no timeouts: the
runtimes have theirs (`asyncio.timeout`, `trio.fail_after`). For that, cancelling has to be safe,
and is:

- A cancelled receive loses nothing: what had arrived is received by the next call.
- A cancelled send either sent nothing, and the stream is as before. Or a part went out, which
  nobody can take back; then the stream is closed for sending, and the next send raises
  `BrokenPipeError`, whose attribute `characters_written` says how much went. On Windows with
  asyncio, that may even be all.
"""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod

from interprocess._interface.octets import octets
from interprocess.errors import IncompleteReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from interprocess._interface.byte_stream import Buffer, WritableBuffer

    Resource = TypeVar("Resource", bound="AsyncResource")


class AsyncResource(ABC):
    """What can be closed, and is at the end of an `async with`."""

    async def __aenter__(self: Resource) -> Resource:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    @abstractmethod
    async def aclose(self) -> None:
        """Close it, as `close()` does, and let other tasks run."""


class AsyncByteReceiver(AsyncResource):
    """The receiving end of a byte stream."""

    #: Received, and then brought back by a call that was cancelled.
    _kept = b""

    @abstractmethod
    async def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream."""

    @abstractmethod
    async def recv_into(self, buffer: WritableBuffer, /) -> int:
        """Receive at least one byte into BUFFER and return how many; 0 is the end of the stream."""

    @abstractmethod
    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`."""

    async def recv_exactly(self, size: int, /) -> bytes:
        """Receive exactly SIZE bytes.

        Raises `IncompleteReadError` (an `EOFError`) if the stream ends before; the bytes that had
        arrived are in the exception's attribute `partial`. When cancelled, they are received by the
        next call.
        """
        parts: list[bytes] = []
        missing = size
        try:
            while True:
                part = await self.recv(missing)
                if len(part) == missing and not parts:
                    return part
                parts.append(part)
                missing -= len(part)
                if not missing:
                    return b"".join(parts)
                if not part:
                    raise IncompleteReadError(b"".join(parts), size)
        except Exception as error:
            error.partial = b"".join(parts)  # type: ignore[attr-defined]  # as in the sync verbs
            raise
        except BaseException:
            self._keep(b"".join(parts))
            raise

    def _keep(self, data: bytes) -> None:
        """Take back what nobody got."""
        self._kept = data + self._kept

    def _take_into(self, buffers: Sequence[WritableBuffer]) -> int:
        """Fill buffers with what was taken back."""
        kept = self._kept
        taken = 0
        for buffer in buffers:
            with memoryview(buffer) as whole, whole.cast("B") as room:
                count = min(len(room), len(kept) - taken)
                room[:count] = kept[taken : taken + count]
                taken += count
        self._kept = kept[taken:]
        return taken

    def _take(self, size: int) -> bytes:
        taken, self._kept = self._kept[:size], self._kept[size:]
        return taken


class AsyncByteSender(AsyncResource):
    """The sending end of a byte stream."""

    #: Why nothing can be sent any more: a cancelled call had sent a part.
    _cut_short: BrokenPipeError | None = None

    @abstractmethod
    async def send(self, data: Buffer, /) -> int:
        """Send at least one byte of DATA and return how many; `send_all` sends the whole.

        Raises `BrokenPipeError` if nobody can receive any more. When cancelled, it sent nothing.
        """

    @abstractmethod
    async def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers, in their order, as one; otherwise as `send`."""

    @abstractmethod
    def _stop_sending(self) -> None:
        """Show the peer, where the system can, that no more will come."""

    async def send_all(self, data: Buffer, /) -> None:
        """Send the whole of DATA.

        Where an `OSError` cuts it short, its attribute `characters_written` says how many bytes
        went out. Where cancelling does, and some had gone out, the stream is closed for sending.
        """
        await self._send_from(data, 0)

    async def _send_from(self, data: Buffer, sent: int) -> None:
        """Send DATA, of which SENT bytes went out already, as `send_all` does."""
        rest = data if type(data) is bytes and not sent else octets(data)[sent:]
        size = sent + len(rest)
        cut_short_before = self._cut_short
        try:
            while True:
                count = await self.send(rest)
                sent += count
                if sent == size:
                    return
                rest = memoryview(rest)[count:]
        except OSError as error:
            if self._cut_short is None:
                error.characters_written = sent  # type: ignore[attr-defined]  # any OSError has it
            raise
        except BaseException:
            if self._cut_short is not cut_short_before:
                sent += self._cut_short.characters_written  # type: ignore[union-attr]  # it was set
            if sent:
                self._note_cut_short(sent, size)
            raise

    def _note_cut_short(self, sent: int, size: int) -> None:
        """Close the stream for sending: a cancelled call had sent a part, or all."""
        self._cut_short = _cut_short(sent, size)
        self._stop_sending()

    async def flush(self) -> None:
        """Do nothing: what has been sent is on its way. Raises `ValueError` after `close()`."""
        await self.send(b"")


def _cut_short(sent: int, size: int) -> BrokenPipeError:
    error = BrokenPipeError(
        errno.EPIPE, f"closed for sending: a cancelled call sent {sent} of {size} bytes"
    )
    error.characters_written = sent  # type: ignore[attr-defined]  # any OSError has it
    return error
