"""Receiving whole messages."""

from __future__ import annotations

from interprocess.os.windows import _calls, _pipe_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._interface.byte_stream import WritableBuffer
    from interprocess.os.windows._pipe_handle import PipeHandle

#: The size of the buffer for a message of which nothing is known. Longer ones take more calls.
FIRST_SIZE = 4096


class MessageTooLongError(OSError):
    """A message was longer than the receiver's quota. What did not fit is gone.

    `partial` is the beginning of the message, as much as fitted, and `length` how long it was.
    """

    def __init__(self, partial: bytes, length: int) -> None:
        message = f"the message has {length} bytes, and the quota is {len(partial)}"
        super().__init__(None, message, None, _calls.ERROR_MORE_DATA)
        self.partial = partial
        self.length = length

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.partial, self.length)


def receive_message(handle: PipeHandle, deadline: float | None, quota: int | None) -> bytes | None:
    """Return the next message, `None` at the end of the stream.

    Raises `MessageTooLongError` for one that is longer than QUOTA.
    """
    size = first_size(quota)
    memory = _calls.new_buffer(size)
    result = handle.read_message(memory, size, deadline)
    if result is None:
        return None
    count, is_whole = result
    begun = _calls.contents(memory, count)
    return begun if is_whole else begun + receive_rest(handle, begun, quota)


def first_size(quota: int | None) -> int:
    """Return how much to ask for when nothing is known of a message."""
    return FIRST_SIZE if quota is None else min(quota, FIRST_SIZE)


def receive_rest(handle: PipeHandle, begun: bytes, quota: int | None) -> bytes:
    """Return what is left of the message that begins with BEGUN.

    All of it is there: nothing waits.
    """
    left = remaining_length(handle)
    wanted = left if quota is None else min(left, quota - len(begun))
    memory = _calls.new_buffer(wanted)
    if wanted:
        handle.read_message(memory, wanted, None)
    rest = _calls.contents(memory, wanted)
    if wanted < left:
        discard_message(handle)
        raise MessageTooLongError(begun + rest, len(begun) + left)
    return rest


def discard_message(handle: PipeHandle) -> None:
    """Read what is left of a message of which a part has been read, and forget it."""
    memory = _calls.new_buffer(FIRST_SIZE)
    while True:
        result = handle.read_message(memory, FIRST_SIZE, None)
        if result is None or result[1]:
            return


def remaining_length(handle: PipeHandle) -> int:
    """Return how many bytes are left of the message that is read next. PeekNamedPipe function."""
    return handle.perform(_pipe_calls.peek_named_pipe)[1]


def fill(buffer: WritableBuffer, message: bytes) -> None:
    """Copy a message into a buffer; a `bytearray` becomes as long as it has to be."""
    if isinstance(buffer, bytearray):
        buffer[: len(message)] = message
    else:
        memoryview(buffer).cast("B")[: len(message)] = message
