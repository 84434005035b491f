"""The verbs of asynchronous byte streams, on top of the few that a backend implements.

They are those of `interprocess._interface.byte_stream`, and there are no timeouts: the
runtimes have theirs (`asyncio.timeout`, `trio.fail_after`). For that, cancelling has to be safe,
and is:

- A cancelled receive loses nothing: what had arrived is received by the next call.
- A cancelled send either sent nothing, and the stream is as before. Or a part went out, which
  nobody can take back; then the stream is closed for sending, and the next send raises
  `BrokenPipeError`, whose attribute `characters_written` says how much went. On Windows with
  asyncio, that may even be all. The exception that cancelled `send_all` has that attribute too.
"""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod

from interprocess._interface.octets import checked_size, octets
from interprocess.errors import IncompleteReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from interprocess._interface.byte_stream import Buffer, WritableBuffer

    Resource = TypeVar("Resource", bound="AsyncResource")


#: The most that one call receives: no system keeps as much for a reader, unless it is told to.
MOST_AT_ONCE = 1 << 20
#: What is shorter is copied together: in bytes of its own it takes more room than it has.
_LONG_PART = 4096
#: What streams begin with, all the same: it stays empty.
NOTHING_KEPT = bytearray()


class AsyncResource(ABC):
    """What can be closed, and is at the end of an `async with`."""

    async def __aenter__(self: Resource) -> Resource:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    @abstractmethod
    async def aclose(self) -> None:
        """Close it, as `close()` does, and let other tasks run."""

    def _check_nothing_kept(self) -> None:  # noqa: B027  # only what receives keeps anything
        """Raise `ValueError` while there are bytes that a cancelled call brought back."""


class AsyncByteReceiver(AsyncResource):
    """The receiving end of a byte stream."""

    #: Received, and then brought back by a call that was cancelled.
    _kept = NOTHING_KEPT
    #: The attributes that a receiving half takes over.
    _receiving_state: tuple[str, ...] = ("_kept",)

    @abstractmethod
    async def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream."""

    @abstractmethod
    async def recv_into(self, buffer: WritableBuffer, /) -> int:
        """Receive at least one byte into BUFFER and return how many; 0 is the end of the stream."""

    @abstractmethod
    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`."""

    @abstractmethod
    async def _at_once(self, call: Callable[..., Any], *arguments: object) -> Any:
        """Return `call(*arguments)`, which does not wait, in its turn among those that do."""

    async def recv_exactly(self, size: int, /) -> bytes:
        """Receive exactly SIZE bytes.

        Raises `IncompleteReadError` (an `EOFError`) if the stream ends before. Whatever cuts it
        short, the bytes that had arrived are in the exception's attribute `partial`; but when
        cancelled, they are received by the next call. It takes memory for what has arrived, not for
        what is said to come.
        """
        missing = size = checked_size(size)
        parts: list[bytes | bytearray] = []
        try:
            if self._kept:
                parts.append(await self._at_once(self._take, size))
                missing -= len(parts[0])
            elif size <= MOST_AT_ONCE:
                part = await self.recv(size)
                if len(part) == size:
                    return part
                missing -= _add(part, parts, size)
            while missing:
                part = await self.recv(min(missing, MOST_AT_ONCE))
                missing -= _add(part, parts, size)
            return b"".join(parts)
        except Exception as error:
            error.partial = b"".join(parts)  # type: ignore[attr-defined]  # as in the sync verbs
            raise
        except BaseException:
            self._keep(parts)
            raise

    def _check_nothing_kept(self) -> None:
        if self._kept:
            raise ValueError(
                f"{len(self._kept)} bytes are left of a cancelled call: receive them first"
            )

    def _keep(self, parts: Sequence[bytes | bytearray]) -> None:
        """Take back what nobody got."""
        if parts:
            first = parts[0]
            kept = first if isinstance(first, bytearray) else bytearray(first)
            for part in (*parts[1:], self._kept):
                kept += part
            self._kept = kept

    def _take(self, size: int) -> bytearray:
        """Return at most SIZE bytes of what was taken back."""
        kept = self._kept
        if size < len(kept):
            taken = kept[:size]
            del kept[:size]
            return taken
        self._kept = bytearray()
        return kept

    def _take_bytes(self, size: int) -> bytes:
        return bytes(self._take(size))

    def _take_into(self, buffers: Sequence[WritableBuffer]) -> int:
        """Fill buffers with what was taken back."""
        taken = 0
        for buffer in buffers:
            with memoryview(buffer) as whole, whole.cast("B") as room:
                part = self._take(len(room))
                room[: len(part)] = part
                taken += len(part)
        return taken


def _add(part: bytes, parts: list[bytes | bytearray], size: int) -> int:
    """Add a part of SIZE bytes to others, and return its length."""
    if not part:
        raise IncompleteReadError(b"".join(parts), size)
    last = parts[-1] if parts else None
    if len(part) >= _LONG_PART:
        parts.append(part)
    elif isinstance(last, bytearray):
        last += part
    else:
        parts.append(bytearray(part))
    return len(part)


class AsyncByteSender(AsyncResource):
    """The sending end of a byte stream."""

    #: Why nothing can be sent any more: a cancelled call had sent a part.
    _cut_short: BrokenPipeError | None = None
    #: The attributes that a sending half takes over.
    _sending_state: tuple[str, ...] = ("_cut_short",)

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

        Whatever cuts it short, the exception's attribute `characters_written` says how many bytes
        went out. Where it is not an `OSError`, but cancelling for example, and some had gone out,
        the stream is closed for sending.
        """
        await self._send_from(data, 0)

    async def _send_from(self, data: Buffer, sent: int) -> None:
        """Send DATA, of which SENT bytes went out already, as `send_all` does."""
        cut_short_before = self._cut_short
        try:
            rest = data if type(data) is bytes and not sent else octets(data)[sent:]
            size = sent + len(rest)
            while True:
                count = await self.send(rest)
                sent += count
                if sent == size:
                    return
                rest = memoryview(rest)[count:]
        except BaseException as error:
            if cut_short_before is None:
                self._note_exception(error, sent, data)
            raise

    def _note_exception(self, error: BaseException, sent: int, data: Buffer) -> None:
        """Say in an exception how much went out, and close the stream where that has to be."""
        if self._cut_short is not None:  # By the very send that was cancelled.
            sent += self._cut_short.characters_written  # type: ignore[attr-defined]  # any OSError has it
        error.characters_written = sent  # type: ignore[attr-defined]  # as in the sync verbs
        if sent and not isinstance(error, OSError):
            self._note_cut_short(sent, memoryview(data).nbytes)

    def _note_cut_short(self, sent: int, size: int) -> None:
        """Close the stream for sending: a call that was cut short had sent a part, or all."""
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
