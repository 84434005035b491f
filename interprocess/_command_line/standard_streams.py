"""Reliable transfers over standard input, output and error.

These may be files, terminals, pipes in nonblocking mode, or closed. Python's own objects for them
are not used: data in their buffers could be lost when the process ends.
"""

from __future__ import annotations

import os
import select
import sys
import threading

from interprocess._command_line.passage import NoMessageError
from interprocess._interface.timeouts import deadline_after, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess._command_line.passage import Passage

INPUT, OUTPUT, ERROR = 0, 1, 2

CHUNK = 65536

#: The number of bytes received ahead of standard output. If a program reads our output only after
#: the peer has ended, up to this amount can be delivered.
AHEAD = 4 * 1024 * 1024

#: After how many seconds of silence a connection ends if its end cannot be seen otherwise.
QUIET_TIME = 2.0

#: The number of bytes that a pipe certainly accepts when poll(2) reports it as writable.
_AT_ONCE: int = getattr(select, "PIPE_BUF", 512)

#: How many seconds the reading thread gets for data that is ready to be read. Windows does not
#: report whether data is ready.
_PROMPT = 0.2 if sys.platform == "win32" else 1.0


def open_those_that_are_closed() -> None:
    """Replace closed standard streams, so that no socket gets their numbers.

    Standard input is then at its end, and writing to standard output fails.
    """
    for number in (INPUT, OUTPUT, ERROR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if number == ERROR else os.O_RDONLY)


def say(line: str) -> None:
    """Write a line to standard error; ignore errors, which cannot be reported."""
    try:
        write_all(ERROR, f"{line}\n".encode(errors="backslashreplace"))
    except OSError:
        pass


def write_all(number: int, data: bytes) -> None:
    """Write the whole of DATA to a descriptor. write(2)."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(number, view) :]
        except BlockingIOError:
            _wait(number, "POLLOUT")


def _read(number: int) -> bytes:
    while True:
        try:
            return os.read(number, CHUNK)
        except BlockingIOError:
            _wait(number, "POLLIN")


def _wait(number: int, event: str, milliseconds: int | None = None) -> bool:
    """Wait for a descriptor that another program has put into nonblocking mode. poll(2)."""
    if sys.platform == "win32":
        return True
    poll = select.poll()
    poll.register(number, getattr(select, event))
    return bool(poll.poll(milliseconds))


def _takes_more(number: int) -> bool:
    """Return true if a descriptor accepts `_AT_ONCE` bytes without waiting; never on Windows."""
    return sys.platform != "win32" and _wait(number, "POLLOUT", 0)


class StandardOutput:
    """Standard output; a background thread writes data that it does not accept at once.

    If standard output cannot be written, the error is known before more data is received. So the
    peer sees that its data was not received.
    """

    def __init__(self, failed: Callable[[], object]) -> None:
        """Start the background thread; FAILED is called in any thread when writing fails."""
        self._failed = failed
        self._condition = threading.Condition()
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        #: The error of a failed write.
        self.error: OSError | None = None
        self._thread = threading.Thread(target=self._write_all, name="standard output", daemon=True)
        self._thread.start()

    def put(self, chunk: bytes) -> bool:
        """Write a chunk now or later, after waiting for room; return `False` if writing failed."""
        rest = chunk if self._size else self._write_now(chunk)
        with self._condition:
            self._condition.wait_for(lambda: self._size < AHEAD or self.error is not None)
            if rest:
                self._chunks.append(rest)
                self._size += len(rest)
                self._condition.notify_all()
            return self.error is None

    def _write_now(self, chunk: bytes) -> bytes:
        """Write as much as possible without waiting, and return the rest."""
        written = 0
        try:
            while written < len(chunk) and _takes_more(OUTPUT):
                written += os.write(OUTPUT, chunk[written : written + _AT_ONCE])
        except BlockingIOError:
            pass  # In nonblocking mode, there may be less room.
        except OSError as error:
            self._fail(error)
        return chunk[written:]

    def _fail(self, error: OSError) -> None:
        with self._condition:
            self.error = error
            self._condition.notify_all()
        self._failed()

    def finish(self) -> None:
        """Wait until all data is written or writing has failed."""
        with self._condition:
            self._ended = True
            self._condition.notify_all()
        self._thread.join()

    def _write_all(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._chunks or self._ended)
                chunks, self._chunks = self._chunks, []
            if not chunks:
                return
            for chunk in chunks:
                try:
                    write_all(OUTPUT, chunk)
                except OSError as error:
                    self._fail(error)
                    return
                with self._condition:
                    self._size -= len(chunk)
                    self._condition.notify_all()


class StandardInput:
    """Standard input, read in the background for one client after another.

    A thread that waits for the terminal cannot be stopped. So one thread serves the whole run, and
    holds the data that it has read until a client takes it.
    """

    def __init__(self, to_peer: Passage) -> None:
        """Start the reading thread; TO_PEER is the passage to the peer."""
        #: The passage to the peer.
        self.to_peer = to_peer
        self._condition = threading.Condition()
        self._held = b""
        self._ended = False
        #: Why the input could not be read to its end.
        self.error: str | None = None
        threading.Thread(target=self._read_all, name="standard input", daemon=True).start()

    def _read_all(self) -> None:
        try:
            for piece in self.to_peer.pieces(lambda: _read(INPUT)):
                self._hold(piece)
        except OSError as error:
            self.error = error.strerror
        except NoMessageError as error:
            self.error = str(error)
        with self._condition:
            self._condition.wait_for(lambda: not self._held)
            self._ended = True
            self._condition.notify_all()

    def _hold(self, piece: bytes) -> None:
        with self._condition:
            self._condition.wait_for(lambda: not self._held)
            self._held = piece
            self._condition.notify_all()

    def take(self, unwanted: Callable[[], bool], not_awaited: Callable[[], bool]) -> bytes | None:
        """Return data, `b""` at the end of the input, or `None` once UNWANTED returns true.

        Also returns `None` if NOT_AWAITED returns true and no data comes for `QUIET_TIME`. Call
        `recheck` after the conditions have changed.
        """
        deadline = None
        with self._condition:
            while not (unwanted() or self._held or self._ended):
                if deadline is None and not_awaited():
                    deadline = deadline_after(QUIET_TIME)
                left = remaining(deadline)
                if left == 0:
                    return None
                self._condition.wait(left)
            if unwanted():
                return None
            chunk, self._held = self._held, b""
            self._condition.notify_all()
            return chunk

    def recheck(self) -> None:
        """Make `take` check its conditions again."""
        with self._condition:
            self._condition.notify_all()

    def give_back(self, chunk: bytes, sent: int) -> None:
        """Put back the rest of a chunk after SENT bytes, as the next data to take."""
        with self._condition:
            self._held = self.to_peer.whole_from(chunk, sent) + self._held
            self._condition.notify_all()

    def has_more(self) -> bool:
        """Return true if the input has untaken data that is ready to be read."""
        with self._condition:
            if not self._held and not self._ended and _wait(INPUT, "POLLIN", 0):
                self._condition.wait_for(lambda: self._held or self._ended, _PROMPT)
            return bool(self._held)
