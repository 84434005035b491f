"""pywin32: a named pipe of bytes, `WriteFile` and `ReadFile`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from tests.benchmarks.model import NotMeasuredError
from tests.benchmarks.peers.byte_stream import ROOM


class PyWin32:
    """Synchronous calls on either end of a named pipe."""

    def __init__(self) -> None:
        # By name: they are typed, and there, on Windows only.
        self._files: Any = importlib.import_module("win32file")
        self._pipes: Any = importlib.import_module("win32pipe")

    def listen(self, address: str) -> PipeListener:
        handle = self._pipes.CreateNamedPipe(
            address,
            self._pipes.PIPE_ACCESS_DUPLEX,
            self._pipes.PIPE_TYPE_BYTE | self._pipes.PIPE_READMODE_BYTE | self._pipes.PIPE_WAIT,
            self._pipes.PIPE_UNLIMITED_INSTANCES,
            ROOM,
            ROOM,
            0,
            None,
        )
        return PipeListener(handle, self._files, self._pipes)

    def connect(self, address: str) -> PipeConnection:
        access = self._files.GENERIC_READ | self._files.GENERIC_WRITE
        handle = self._files.CreateFile(
            address, access, 0, None, self._files.OPEN_EXISTING, 0, None
        )
        return PipeConnection(handle, self._files)


class PipeListener:
    """The server's end before a client is there."""

    def __init__(self, handle: Any, files: Any, pipes: Any) -> None:
        self._handle = handle
        self._files = files
        self._pipes = pipes

    def accept(self) -> PipeConnection:
        self._pipes.ConnectNamedPipe(self._handle, None)
        return PipeConnection(self._handle, self._files)

    def close(self) -> None:
        """Do nothing: the handle is the connection's."""


class PipeConnection:
    """An open end."""

    def __init__(self, handle: Any, files: Any) -> None:
        self._handle = handle
        self._files = files

    def sender(self) -> Callable[[bytes], object]:
        write, handle = self._files.WriteFile, self._handle

        def send(data: bytes) -> None:
            _, count = write(handle, data)
            if count != len(data):
                raise NotMeasuredError(f"WriteFile wrote {count} of {len(data)} bytes")

        return send

    def receiver(self, size: int) -> Callable[[], bytes]:
        read, handle = self._files.ReadFile, self._handle

        def receive() -> bytes:
            data: bytes = read(handle, size)[1]
            while len(data) < size:
                data += read(handle, size - len(data))[1]
            return data

        return receive

    def absorb(self, size: int, count: int) -> tuple[int, bytes]:
        read, handle, room = self._files.ReadFile, self._handle, max(size, ROOM)
        wanted = size * count
        total = 0
        data = b""
        while total < wanted:
            _, data = read(handle, room)
            total += len(data)
        return total, data[-size:]

    def close(self) -> None:
        self._handle.Close()
