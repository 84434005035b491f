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

#: The size of the buffer for a message of which nothing is known. Longer ones take more calls.
FIRST_SIZE = 65536

#: The longest message that is read at once, whatever the quota, if it is there already.
_MOST_AT_ONCE = 2**24


class MessageTooLongError(OSError):
    """A message was longer than the receiver's quota. What did not fit is gone.

    `partial` is the beginning of the message, as much as fitted, and `length` how long it was.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    def __init__(self, partial: bytes, length: int) -> None:
        message = f"the message has {length} bytes, and the quota is {len(partial)}"
        super().__init__(None, message, None, _calls.ERROR_MORE_DATA)
        self.partial = partial
        self.length = length

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.partial, self.length)


def receive_message(handle: PipeHandle, deadline: float | None, quota: int | None) -> bytes | None:
    """Return the next message, `None` at the end of the stream.

    Raises `MessageTooLongError` for one that is longer than QUOTA, and `OSError` with `EBADMSG` for
    one whose sender gave up in the midst of it.
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
    """Return how much to read first. PeekNamedPipe function.

    A message that is there is read at once, so that its sender cannot take the rest of it back. The
    quota is no matter for that; and a read of no bytes may leave the message where it is.
    """
    return max(FIRST_SIZE, min(_left_of_message(handle), _MOST_AT_ONCE))


def whole_message(handle: PipeHandle, begun: bytes, is_whole: bool, quota: int | None) -> bytes:
    """Return the message that begins with BEGUN, of which the rest is read where that is not all.

    The rest is there, so nothing waits. Raises as `receive_message` does.
    """
    if is_whole:
        if quota is not None and len(begun) > quota:
            raise MessageTooLongError(begun[:quota], len(begun))
        return begun
    # An interrupt may come at any moment: then the next call goes on.
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
        # The sender may have given up since. Then this is another message, or nothing.
        if _read_at_once(handle, memory, wanted) != (wanted, wanted == left):
            raise _cut_short(begun)
        rest = _calls.contents(memory, wanted)
    if wanted < left:
        _discard(handle, left - wanted)
        raise MessageTooLongError((begun + rest)[:quota], len(begun) + left)
    return rest


def _discard(handle: PipeHandle, left: int) -> None:
    """Read the LEFT bytes of a message, and forget them; nothing of the next one."""
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
    """Return how many bytes can be read of the message that is read next."""
    try:
        return handle.perform(pipes.peek_named_pipe)[1]
    except OSError as error:
        if is_end_of_stream(error):
            return 0
        raise


def _cut_short(begun: bytes) -> OSError:
    error = OSError(
        errno.EBADMSG, f"the sender of a message gave up when {len(begun)} bytes were received"
    )
    error.partial = begun  # type: ignore[attr-defined]  # as in the exceptions of streams
    return error


def next_length(handle: PipeHandle) -> int:
    """Return the length of the message that is received next. PeekNamedPipe function."""
    return len(handle.begun or b"") + handle.perform(pipes.peek_named_pipe)[1]


def fill(buffer: WritableBuffer, message: bytes) -> None:
    """Copy a message into a buffer; a `bytearray` becomes as long as it has to be."""
    if isinstance(buffer, bytearray):
        buffer[: len(message)] = message
    else:
        memoryview(buffer).cast("B")[: len(message)] = message
