"""Receiving whole messages."""

from __future__ import annotations

import errno

from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe.end import AT_ONCE
from interprocess.os.windows._pipe.state import is_end_of_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import WritableBuffer
    from interprocess.os.windows._pipe.end import PipeHandle

#: The initial size of the buffer for a message of unknown length. Longer ones need more calls.
FIRST_SIZE = 65536

#: The longest message that is read at once, regardless of the quota, if it has arrived.
_MOST_AT_ONCE = 2**24


class MessageTooLongError(OSError):
    """A message was longer than the receiver's quota. The rest was discarded.

    `partial` is the beginning of the message, as much as fitted, and `length` is its full length.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    def __init__(self, partial: bytes, length: int) -> None:
        message = f"the message has {length} bytes; the quota is {len(partial)}"
        super().__init__(None, message, None, _calls.ERROR_MORE_DATA)
        self.partial = partial
        self.length = length

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.partial, self.length)


def receive_message(handle: PipeHandle, deadline: float | None, quota: int | None) -> bytes | None:
    """Return the next message, `None` at the end of the stream.

    Raises `MessageTooLongError` for one that is longer than QUOTA, and `OSError` with `EBADMSG` for
    an incomplete one, whose sender gave up.
    """
    begun, is_whole = handle.begun, False
    if begun is None:
        size = size_to_ask_for(handle)
        memory = _calls.new_buffer(size)
        result = handle.read_message(memory, size, deadline)
        if result is None:
            return None
        count, is_whole = result
        begun = _calls.contents(memory, count)
    return whole_message(handle, begun, is_whole, quota)


def size_to_ask_for(handle: PipeHandle) -> int:
    """Return the size of the first read. PeekNamedPipe function.

    A message that has arrived is read at once, regardless of the quota, so that its sender cannot
    withdraw the rest. The size is never 0, since a read of zero bytes may leave the message.
    """
    return max(FIRST_SIZE, min(_left_of_message(handle), _MOST_AT_ONCE))


def whole_message(handle: PipeHandle, begun: bytes, is_whole: bool, quota: int | None) -> bytes:
    """Return the message that begins with BEGUN, and read the rest unless BEGUN is the whole.

    The rest has arrived, so this does not wait. Raises as `receive_message` does.
    """
    if is_whole:
        if quota is not None and len(begun) > quota:
            raise MessageTooLongError(begun[:quota], len(begun))
        return begun
    # An interrupt may come at any moment: then the next call continues.
    handle.begun = begun
    try:
        message = begun + _rest(handle, begun, quota)
    except OSError:
        handle.begun = None
        raise
    handle.begun = None
    return message


def _rest(handle: PipeHandle, begun: bytes, quota: int | None) -> bytes:
    left = _left_of_message(handle)
    if not left:
        raise _cut_short(begun)
    wanted = left if quota is None else min(left, max(0, quota - len(begun)))
    rest = b""
    if wanted:
        memory = _calls.new_buffer(wanted)
        # The sender may have given up meanwhile. Then this is another message, or none.
        if _read_at_once(handle, memory, wanted) != (wanted, wanted == left):
            raise _cut_short(begun)
        rest = _calls.contents(memory, wanted)
    if wanted < left:
        _discard(handle, left - wanted)
        raise MessageTooLongError((begun + rest)[:quota], len(begun) + left)
    return rest


def _discard(handle: PipeHandle, left: int) -> None:
    """Read and discard the LEFT bytes of a message, but nothing of the next one."""
    memory = _calls.new_buffer(FIRST_SIZE)
    while left and _left_of_message(handle) == left:
        size = min(left, FIRST_SIZE)
        _read_at_once(handle, memory, size)
        left -= size


def _read_at_once(handle: PipeHandle, memory: CData, size: int) -> tuple[int, bool] | None:
    try:
        return handle.read_message(memory, size, AT_ONCE)
    except (TimeoutError, BlockingIOError):
        return None


def _left_of_message(handle: PipeHandle) -> int:
    """Return the number of bytes that can be read of the next message."""
    try:
        return handle.perform(pipes.peek_named_pipe)[1]
    except OSError as error:
        if is_end_of_stream(error):
            return 0
        raise


def _cut_short(begun: bytes) -> OSError:
    error = OSError(
        errno.EBADMSG, f"the sender of a message gave up after {len(begun)} bytes were received"
    )
    error.partial = begun  # type: ignore[attr-defined]  # as in the exceptions of streams
    return error


def next_length(handle: PipeHandle) -> int:
    """Return the length of the next message. PeekNamedPipe function."""
    return len(handle.begun or b"") + handle.perform(pipes.peek_named_pipe)[1]


def limit_of(buffer: WritableBuffer, quota: int | None) -> int:
    """Return the longest message to receive into BUFFER, which may grow if it is a `bytearray`."""
    size = len(memoryview(buffer).cast("B"))
    return max(size, quota or 0) if isinstance(buffer, bytearray) else size


def fill(buffer: WritableBuffer, message: bytes | None) -> int | None:
    """Copy a message into a buffer, if there is one, and return its length."""
    if message is None:
        return None
    if isinstance(buffer, bytearray):
        buffer[: len(message)] = message
    else:
        memoryview(buffer).cast("B")[: len(message)] = message
    return len(message)
