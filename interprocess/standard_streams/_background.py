"""Standard streams that no event loop can wait for: a thread makes each call.

This applies to regular files and devices, and to everything on Windows, where a read from a console
cannot be cancelled. A call continues after its task is cancelled. So its state belongs to the
process, not to the object or the event loop: data that it reads is kept for the next call, and its
write completes before the next one begins.
"""

from __future__ import annotations

import select
from _thread import start_new_thread
from collections import deque

from interprocess._interface import lifetime
from interprocess._interface.async_byte_stream import (
    MOST_AT_ONCE,
    AsyncByteReceiver,
    AsyncByteSender,
)
from interprocess._interface.async_runtime import Immediate, Operation
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.octets import checked_size, octets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from io import FileIO
    from typing import Any, NoReturn

    from interprocess._interface.async_runtime import CompletionRuntime
    from interprocess._interface.byte_stream import Buffer, WritableBuffer

#: The most that one call reads or writes, since cancellation cannot undo it.
CHUNK = 65536


def _nothing() -> None:
    """Do nothing: the placeholder while no task waits."""


class Worker:
    """Makes one call after another for one standard stream, each in a thread.

    There is no lock: a signal handler or a fork may come at any moment. `answers` has at most one
    item: the result of the last call, until it is taken.
    """

    __slots__ = ("_call", "_user", "_wake", "answers", "is_busy")

    def __init__(self, call: Callable[[Any], Any]) -> None:
        self._call = call
        self._wake: Callable[[], object] = _nothing
        self._user: dict[str, object] = {}
        #: True if a call is in progress, or its answer was not taken yet.
        self.is_busy = False
        self.answers: deque[tuple[Any, BaseException | None]] = deque()

    def claim(self, user: object, runtime: CompletionRuntime, doing: str) -> None:
        """Raise an error unless it is free or in use by USER, in the same thread's event loop."""
        if self._user.setdefault("", user) is not user:
            raise runtime.busy_error(f"another task is already {doing} this")

    def release(self, user: object) -> None:
        """Allow others."""
        if self._user.get("") is user:
            self._user.clear()

    def begin(self, argument: object) -> None:
        """Begin a call. No other may be in progress."""
        self.is_busy = True
        try:
            start_new_thread(self._work, (argument,))
        except Exception as error:  # For example, too many threads.
            self.answers.append((None, error))

    def tell(self, wake: Callable[[], object]) -> None:
        """Call WAKE, in any thread, when the call in progress has ended."""
        self._wake = wake
        if self.answers:  # It may have ended earlier, without a call of WAKE.
            wake()

    def _work(self, argument: object) -> None:
        answer: tuple[Any, BaseException | None]
        try:
            answer = self._call(argument), None
        except BaseException as error:
            answer = None, error
        self.answers.append(answer)
        self._wake()

    def take(self) -> Any:
        """Return the result of the last call, or raise its error."""
        value, error = self.answers.popleft()
        self.is_busy = False
        if error is not None:
            raise error
        return value

    def take_bytes(self, size: int) -> bytes:
        """Return at most SIZE of the bytes that were read; the rest stays."""
        value, error = self.answers[0]
        if error is None and len(value) > size:
            self.answers[0] = value[size:], None
            return value[:size]  # type: ignore[no-any-return]  # they are bytes
        return self.take()  # type: ignore[no-any-return]  # they are bytes


#: The worker of each standard stream, by process: a forked child lacks its parent's threads.
_workers: dict[tuple[int, int], Worker] = {}


def _worker(number: int, mode: str, call: Callable[[FileIO, Any], Any]) -> Worker:
    key = (lifetime.generation, number)
    worker = _workers.get(key)
    if worker is None:
        # For a console, this makes a `_io._WindowsConsoleIO`, so that text is UTF-8.
        file: Any = open(number, mode, buffering=0, closefd=False)  # noqa: SIM115  # it is kept
        worker = _workers.setdefault(key, Worker(lambda argument: call(file, argument)))
    return worker


def _read(file: FileIO, size: int) -> bytes:
    while True:
        data = file.read(size)
        if data is not None:
            return data
        _wait(file, "POLLIN")


def _write(file: FileIO, data: bytes) -> int:
    written = 0
    while written < len(data):
        count = file.write(data[written:])
        if count is None:
            _wait(file, "POLLOUT")
        else:
            written += count
    return written


def _wait(file: FileIO, event: str) -> None:
    """Wait for a file that another program has put into nonblocking mode. poll(2)."""
    poll = select.poll()  # type: ignore[attr-defined, unused-ignore]  # Windows has no such mode
    poll.register(file, getattr(select, event))
    poll.poll()


class _End:
    """The base of both directions."""

    _doing: str

    def __init__(self, worker: Worker, runtime: CompletionRuntime) -> None:
        self.worker = worker
        self.runtime = runtime
        self._direction = runtime.completion(self._doing)
        self.closed = False

    def check_open(self) -> None:
        """Raise `ValueError` after `close()`."""
        if self.closed:
            raise closed_error(self)

    def claim(self, user: object) -> None:
        """Raise an error if another task than that of USER is using it."""
        self.check_open()
        self.worker.claim(user, self.runtime, self._doing)

    def close(self) -> None:
        """Close this end; the descriptor stays open. A call in another task is woken."""
        self.closed = True
        self._direction.wake_soon()

    async def aclose(self) -> None:
        self.close()
        await self.runtime.yield_once()

    async def _at_once(self, call: Callable[..., Any], *arguments: object) -> Any:
        def call_if_open() -> Any:
            self.check_open()
            return call(*arguments)

        return await self._direction.perform(Immediate(call_if_open))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{' closed' if self.closed else ''}>"


class BackgroundReceiver(_End, AsyncByteReceiver):
    """Receives from a standard stream in a thread."""

    _doing = "receiving from"

    @classmethod
    def of(cls, number: int, runtime: CompletionRuntime) -> BackgroundReceiver:
        """Return the end for a descriptor, which stays open. Raises `OSError`."""
        return cls(_worker(number, "rb", _read), runtime)

    async def recv(self, size: int, /) -> bytes:
        size = min(checked_size(size), MOST_AT_ONCE)
        if self._kept or not size:
            return await self._at_once(self._take_bytes, size)  # type: ignore[no-any-return]  # it is bytes
        return await self._direction.perform(_Reading(self, size))  # type: ignore[no-any-return]  # it is bytes

    async def recv_into(self, buffer: WritableBuffer, /) -> int:
        return await self.recv_vectored([buffer])

    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        received = await self.recv(sum(memoryview(buffer).nbytes for buffer in buffers))
        self._keep([received])
        return self._take_into(buffers)


class BackgroundSender(_End, AsyncByteSender):
    """Sends to a standard stream in a thread."""

    _doing = "sending to"

    @classmethod
    def of(cls, number: int, runtime: CompletionRuntime) -> BackgroundSender:
        """Return the end for a descriptor, which stays open. Raises `OSError`."""
        return cls(_worker(number, "wb", _write), runtime)

    async def send(self, data: Buffer, /) -> int:
        if self._cut_short is not None:
            return await self._at_once(self._refuse)  # type: ignore[no-any-return]  # it raises
        view = octets(data)
        part = bytes(view[:CHUNK])
        writing = _Writing(self, part)
        try:
            return await self._direction.perform(writing)  # type: ignore[no-any-return]  # it is a number
        except BaseException:
            if writing.is_abandoned:
                self._note_cut_short(len(part), len(view))
            raise

    async def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        return await self.send(b"".join(buffers))

    async def wait_writable(self) -> None:
        """Wait until a cancelled call has completed its write."""
        await self.send(b"")

    def _refuse(self) -> NoReturn:
        assert self._cut_short is not None
        raise self._cut_short

    def _stop_sending(self) -> None:
        pass  # Data that was handed over is still written.


class _Call(Operation):
    """A call that a thread makes for a task."""

    def __init__(self, end: Any) -> None:
        self._end = end
        self._worker: Worker = end.worker

    def cancel(self) -> bool:
        return True  # It continues, and there is no need to wait for its end.

    def was_cancelled(self) -> bool:
        return True

    def leave(self) -> None:
        self._worker.release(self)


class _Reading(_Call):
    """A read, or the result of an earlier read whose task was cancelled."""

    def __init__(self, end: BackgroundReceiver, size: int) -> None:
        super().__init__(end)
        self._size = size

    def begin(self, wake: Callable[[], None]) -> None:
        self._end.claim(self)
        if not self._worker.is_busy:
            self._worker.begin(min(self._size, CHUNK))
        self._worker.tell(self._end.runtime.from_thread(wake))

    def ended(self) -> bool:
        return bool(self._worker.answers) or self._end.closed

    def finish(self) -> bytes:
        self._end.check_open()
        return self._worker.take_bytes(self._size)


class _Writing(_Call):
    """A write, after the write of an earlier call whose task was cancelled."""

    def __init__(self, end: BackgroundSender, data: bytes) -> None:
        super().__init__(end)
        self._data = data
        self._wake: Callable[[], None] = _nothing
        self._is_handed_over = self._has_left = False
        #: True if the task was cancelled too late: the data is written nevertheless.
        self.is_abandoned = False

    def begin(self, wake: Callable[[], None]) -> None:
        self._end.claim(self)
        self._wake = wake
        if self._worker.is_busy:
            self._worker.tell(self._end.runtime.from_thread(self._go_on))
        else:
            self._hand_over()

    def _go_on(self) -> None:
        if self._worker.answers and not self._has_left and not self._end.closed:
            self._worker.answers.clear()  # Its task has already got an error.
            self._hand_over()
        self._wake()

    def _hand_over(self) -> None:
        self._worker.begin(self._data)
        self._is_handed_over = True
        self._worker.tell(self._end.runtime.from_thread(self._wake))

    def ended(self) -> bool:
        return (self._is_handed_over and bool(self._worker.answers)) or bool(self._end.closed)

    def finish(self) -> int:
        self._end.check_open()
        self._is_handed_over = False
        return self._worker.take()  # type: ignore[no-any-return]  # it is a number

    def leave(self) -> None:
        self._has_left = True
        self.is_abandoned = self._is_handed_over
        super().leave()
