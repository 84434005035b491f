"""Control messages of another system as Linux has them, and back.

Python's CMSG_LEN and CMSG_SPACE are Linux's here, so the data stand where they stand on Linux. What
differs is the head before them, which is as the other system's declarations have it.
"""

from __future__ import annotations

from _socket import CMSG_LEN, CMSG_SPACE
from collections.abc import Iterator
from typing import Any

_HEADER = CMSG_LEN(0)


def to_linux(ffi: Any, linux_ffi: Any, message: Any) -> tuple[Any, int]:
    """Return memory with the same control messages, and their length."""
    length = int(message.msg_controllen) if message.msg_control else 0
    memory = linux_ffi.new("char[]", max(length, 1))
    for offset, header in _messages(ffi, message.msg_control, length):
        own = linux_ffi.cast("struct cmsghdr *", memory + offset)
        own.cmsg_len = header.cmsg_len
        own.cmsg_level, own.cmsg_type = header.cmsg_level, header.cmsg_type
        size = min(int(header.cmsg_len), length - offset) - _HEADER
        data = ffi.cast("char *", message.msg_control) + offset + _HEADER
        linux_ffi.buffer(memory, length)[offset + _HEADER : offset + _HEADER + size] = ffi.buffer(
            data, size
        )[:]
    return memory, length


def from_linux(ffi: Any, linux_ffi: Any, received: Any, message: Any) -> None:
    """Give MESSAGE the control messages and the flags that Linux RECEIVED."""
    length = int(received.msg_controllen)
    message.msg_controllen, message.msg_flags = length, received.msg_flags
    for offset, header in _messages(linux_ffi, received.msg_control, length):
        place = ffi.cast("char *", message.msg_control) + offset
        own = ffi.cast("struct cmsghdr *", place)
        own.cmsg_len = header.cmsg_len
        own.cmsg_level, own.cmsg_type = header.cmsg_level, header.cmsg_type
        size = min(int(header.cmsg_len), length - offset) - _HEADER
        data = linux_ffi.cast("char *", received.msg_control) + offset + _HEADER
        ffi.buffer(place + _HEADER, size)[:] = linux_ffi.buffer(data, size)[:]


def _messages(ffi: Any, control: Any, length: int) -> Iterator[tuple[int, Any]]:
    offset = 0
    while length - offset >= _HEADER:
        header = ffi.cast("struct cmsghdr *", ffi.cast("char *", control) + offset)
        if header.cmsg_len < _HEADER:
            return
        yield offset, header
        offset += CMSG_SPACE(int(header.cmsg_len) - _HEADER)
