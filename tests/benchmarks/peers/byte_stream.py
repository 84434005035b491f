"""Common part of connections that are byte streams: receive until there is enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: The size of the receiver's buffer, unless single writes are larger.
ROOM = 65536


class ByteStreamConnection:
    """A connection with a `recv_into` and a function that sends all of its argument."""

    def __init__(self, stream: Any, send_all: Callable[[bytes], object]) -> None:
        self.stream = stream
        self._send_all = send_all

    def sender(self) -> Callable[[bytes], object]:
        return self._send_all

    def receiver(self, size: int) -> Callable[[], bytes | bytearray]:
        buffer = bytearray(size)
        view = memoryview(buffer)
        recv_into = self.stream.recv_into

        def receive() -> bytearray:
            received = recv_into(buffer)
            while received < size:
                count = recv_into(view[received:])
                if not count:
                    raise EOFError(f"the stream ended after {received} of {size} bytes")
                received += count
            return buffer

        return receive

    def absorb(self, size: int, count: int) -> tuple[int, bytes]:
        buffer = bytearray(max(size, ROOM))
        recv_into = self.stream.recv_into
        wanted = size * count
        total = arrived = 0
        while total < wanted:
            arrived = recv_into(buffer)
            if not arrived:
                raise EOFError(f"the stream ended after {total} of {wanted} bytes")
            total += arrived
        return total, bytes(buffer[max(0, arrived - size) : arrived])

    def close(self) -> None:
        self.stream.close()


class BufferedConnection(ByteStreamConnection):
    """The same, read through the buffered file that `makefile` makes."""

    def __init__(self, stream: Any, send_all: Callable[[bytes], object]) -> None:
        super().__init__(stream, send_all)
        self._file = stream.makefile("rb")

    def receiver(self, size: int) -> Callable[[], bytes | bytearray]:
        read = self._file.read

        def receive() -> bytes:
            data: bytes = read(size)
            return data

        return receive

    def absorb(self, size: int, count: int) -> tuple[int, bytes]:
        read = self._file.read
        total = 0
        last = b""
        for _ in range(count):
            last = read(size)
            total += len(last)
        return total, last

    def close(self) -> None:
        self._file.close()
        super().close()
