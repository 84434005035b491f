"""The verbs of asynchronous byte streams, on top of the few that a backend implements.

The verbs are those of `interprocess._interface.byte_stream`, without timeouts: the runtimes have
their own (`asyncio.timeout`, `trio.fail_after`). These cancel calls, which is safe:

- A cancelled receive loses nothing: the next call receives the data that had arrived.
- A cancelled send either sent nothing, and the stream is unchanged; or it sent a part. In that case
  the stream is closed for sending, and the next send raises `BrokenPipeError`, whose attribute
  `characters_written` is the number of bytes sent. On Windows with asyncio, that part may be all of
  the data. The exception that cancelled `send_all` has this attribute too.
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


#: The most that one call receives: more than any system buffers for a reader by default.
MOST_AT_ONCE = 1 << 20
#: Shorter parts are joined: as separate objects they would take more memory than their content.
_LONG_PART = 4096
#: The initial `_kept` of all streams. It always stays empty.
NOTHING_KEPT = bytearray()


class AsyncResource(ABC):
    """A resource that can be closed, and that `async with` closes."""

    async def __aenter__(self: Resource) -> Resource:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    @abstractmethod
    async def aclose(self) -> None:
        """Close the resource as `close()` does, and let other tasks run."""

    def _check_nothing_kept(self) -> None:  # noqa: B027  # only receivers keep data
        """Raise `ValueError` while there are bytes that a cancelled call gave back."""


class AsyncByteReceiver(AsyncResource):
    """The receiving end of a byte stream."""

    #: Bytes that were received by a call that was then cancelled, for the next call.
    _kept = NOTHING_KEPT
    #: The attributes that a receiving half takes over.
    _receiving_state: tuple[str, ...] = ("_kept", "_incoming_object")
    #: The message that a call of `recv_object` has begun to receive.
    _incoming_object: Any = None

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
        """Return `call(*arguments)`, a call that does not wait, in order with calls that do."""

    async def recv_exactly(self, size: int, /) -> bytes:
        """Receive exactly SIZE bytes.

        Raises `IncompleteReadError` (an `EOFError`) if the stream ends first. Every exception has
        the bytes that had arrived in its attribute `partial`; but after cancellation, the next call
        receives them. Memory grows with the data that has arrived, not with SIZE.
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
        """Keep the PARTS that no caller received, for the next call."""
        if parts:
            first = parts[0]
            kept = first if isinstance(first, bytearray) else bytearray(first)
            for part in (*parts[1:], self._kept):
                kept += part
            self._kept = kept

    def _take(self, size: int) -> bytearray:
        """Return at most SIZE of the kept bytes."""
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
        """Fill buffers with the kept bytes."""
        taken = 0
        for buffer in buffers:
            with memoryview(buffer) as whole, whole.cast("B") as room:
                part = self._take(len(room))
                room[: len(part)] = part
                taken += len(part)
        return taken


def _add(part: bytes, parts: list[bytes | bytearray], size: int) -> int:
    """Append PART, of SIZE bytes in all, to PARTS, and return its length."""
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

    #: The error of further sends, after a cancelled call had sent a part of its data.
    _cut_short: BrokenPipeError | None = None
    #: The attributes that a sending half takes over.
    _sending_state: tuple[str, ...] = ("_cut_short",)

    @abstractmethod
    async def send(self, data: Buffer, /) -> int:
        """Send at least one byte of DATA and return the number sent; `send_all` sends all of it.

        Raises `BrokenPipeError` if no receiver is left. If the call is cancelled, nothing was sent.
        """

    @abstractmethod
    async def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers in order, as if they were one; otherwise as `send`."""

    @abstractmethod
    def _stop_sending(self) -> None:
        """Signal the end of the stream to the peer, where the system can."""

    async def send_all(self, data: Buffer, /) -> None:
        """Send the whole of DATA.

        Every exception has the number of bytes sent in its attribute `characters_written`. If the
        exception is no `OSError` (cancellation, for example) and some bytes were sent, the stream
        is closed for sending.
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
        """Note in an exception how much was sent, and close the stream where necessary."""
        if self._cut_short is not None:  # Set by the cancelled send itself.
            sent += self._cut_short.characters_written  # type: ignore[attr-defined]  # any OSError has it
        error.characters_written = sent  # type: ignore[attr-defined]  # as in the sync verbs
        if sent and not isinstance(error, OSError):
            self._note_cut_short(sent, memoryview(data).nbytes)

    def _note_cut_short(self, sent: int, size: int) -> None:
        """Close the stream for sending: a cancelled call had sent a part or all of its data."""
        self._cut_short = _cut_short(sent, size)
        self._stop_sending()

    async def flush(self) -> None:
        """Do nothing: nothing is buffered here. Raises `ValueError` after `close()`."""
        await self.send(b"")


def _cut_short(sent: int, size: int) -> BrokenPipeError:
    error = BrokenPipeError(
        errno.EPIPE, f"closed for sending: a cancelled call sent {sent} of {size} bytes"
    )
    error.characters_written = sent  # type: ignore[attr-defined]  # any OSError has it
    return error
