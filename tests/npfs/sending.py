"""Sending over the model of the pipe file system, beside a reader that follows a script."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.npfs import pipe as model
from tests.npfs.windows import CLIENT, Windows

QUOTA = 10
#: What another process sends, which we do not.
OTHERS = b"\xff"
Make = Callable[..., Windows]


def new_sender(
    backend: dict[str, ModuleType], *, adopted: bool = False, is_remote: bool = False
) -> Any:
    """Return the sending end that the client has, of a pipe that it has made or adopted."""
    origin = backend["_pipe.origin"].Origin(
        is_server=False, quota=QUOTA, is_remote=is_remote, **{} if adopted else {"unread": 0}
    )
    handle = backend["_pipe.end"].PipeHandle(CLIENT, origin=origin)
    return backend["_pipe.unnamed"].Sender._owning(handle)


def read_all(windows: Windows) -> bytes:
    """Make the server read everything that is left."""
    parts = []
    while windows.pipe.inbound.state is model.State.WRITES:
        parts.append(windows.read(1000))
    return b"".join(parts)


def sent_of(sender: Any, data: bytes) -> int:
    """Send and return how many bytes that were, however it ended."""
    try:
        sender.send_all(data)
    except (TimeoutError, BlockingIOError) as error:
        return int(error.characters_written)  # type: ignore[union-attr]  # send_all sets it
    return len(data)


def sizes_of_writes(windows: Windows) -> list[int]:
    """Return a list to which the size of every write is going to be added."""
    sizes: list[int] = []
    write_file = windows.WriteFile

    def write(*arguments: Any) -> int:
        sizes.append(arguments[2])
        return write_file(*arguments)

    windows.WriteFile = write  # type: ignore[assignment, method-assign]  # any arguments
    return sizes


class Reader:
    """The other end, which reads what is there, or waits for more; STEPS are a script of that.

    Another process may write, too.
    """

    def __init__(self, windows: Windows, steps: list[tuple[str, int]]) -> None:
        self.windows = windows
        self._requests: list[model.Request] = []
        windows.script = [lambda step=step: self._act(*step) for step in steps]  # type: ignore[misc]

    def _act(self, what: str, size: int) -> None:
        if what == "write":
            self.windows.pipe.write(False, OTHERS * size, model.Request())
        elif what != "nothing":
            self._requests.append(model.Request())
            self.windows.pipe.read(True, size, self._requests[-1])
        if what == "read":
            self.windows.pipe.cancel(self._requests[-1])

    def goes_on(self) -> None:
        """Take the next step now."""
        if self.windows.script:
            self.windows.script.pop(0)()

    def reads_all(self) -> None:
        """Read all that is there."""
        self._act("read", 1000)

    def all_received(self) -> bytes:
        """Read all that is left, and return everything."""
        while self.windows.pipe.inbound.state is model.State.WRITES:
            self.reads_all()
        return b"".join(request.data for request in self._requests)


def send_beside(
    sender: Any, reader: Reader, sends: list[tuple[int, str]], moments: list[int]
) -> tuple[bytes, bytes]:
    """Send while the others go on, and return what went at least, and at most."""
    windows, mode, left = reader.windows, "", list(moments)

    def go_on(function: str) -> None:
        for _ in range(left.pop(0) if left else 0):
            reader.goes_on()
        if function == "WaitForSingleObject" and mode == "blocking" and not windows.script:
            reader.reads_all()

    windows.before = go_on
    least = most = b""
    for number, (size, mode) in enumerate(sends):
        sender.set_nonblocking(mode == "nonblocking")
        sender.set_timeout(0.25 if mode == "timeout" else None)
        data = bytes([number]) * size
        most = least + data
        least += data[: sent_of(sender, data)]
        if sender._handle.is_cut_short:
            with pytest.raises(BrokenPipeError):
                sender.send(b"more")
            return least, most
        most = least
    return least, most
