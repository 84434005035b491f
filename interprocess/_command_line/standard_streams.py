"""Standard input, output and error, as a relay needs them: whole, whatever they are.

They may be files, terminals, pipes in nonblocking mode, or closed. Python's own objects for them
are not used: what is left in a buffer when the process ends could be lost.
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

#: How many bytes are received ahead of what standard output takes. A program that reads the output
#: late, when the peer has to end first, is served as long as there is no more than this.
AHEAD = 4 * 1024 * 1024

#: How many seconds of silence are the end, where nothing else is.
QUIET_TIME = 2.0

#: How many bytes a pipe takes for certain when poll(2) says that it takes any.
_AT_ONCE: int = getattr(select, "PIPE_BUF", 512)

#: How many seconds the thread that reads gets for what can be read without waiting. Windows does
#: not tell what can.
_PROMPT = 0.2 if sys.platform == "win32" else 1.0


def open_those_that_are_closed() -> None:
    """Put something in the place of closed standard streams, which a socket could take otherwise.

    Input is then at its end, and what is written to output is an error.
    """
    for number in (INPUT, OUTPUT, ERROR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if number == ERROR else os.O_RDONLY)


def say(line: str) -> None:
    """Write a line to standard error; if that fails, nobody can be told."""
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
    """Whether a descriptor takes `_AT_ONCE` bytes without waiting. Windows does not tell."""
    return sys.platform != "win32" and _wait(number, "POLLOUT", 0)


class StandardOutput:
    """Standard output; what it does not take at once is written in the background.

    So nothing is received in vain where it cannot be written at all: the peer learns of that by
    what it has sent and nobody has received.
    """

    def __init__(self, failed: Callable[[], object]) -> None:
        """Prepare it; FAILED is called, also in the background, when it cannot be written."""
        self._failed = failed
        self._condition = threading.Condition()
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        #: Why it could not be written.
        self.error: OSError | None = None
        self._thread = threading.Thread(target=self._write_all, name="standard output", daemon=True)
        self._thread.start()

    def put(self, chunk: bytes) -> bool:
        """Write a chunk, now or later, once there is room for it; return whether that may work."""
        rest = chunk if self._size else self._write_now(chunk)
        with self._condition:
            self._condition.wait_for(lambda: self._size < AHEAD or self.error is not None)
            if rest:
                self._chunks.append(rest)
                self._size += len(rest)
                self._condition.notify_all()
            return self.error is None

    def _write_now(self, chunk: bytes) -> bytes:
        """Write what is taken without waiting, and return the rest."""
        written = 0
        try:
            while written < len(chunk) and _takes_more(OUTPUT):
                written += os.write(OUTPUT, chunk[written : written + _AT_ONCE])
        except BlockingIOError:
            pass  # In nonblocking mode, it may have room for less.
        except OSError as error:
            self._fail(error)
        return chunk[written:]

    def _fail(self, error: OSError) -> None:
        with self._condition:
            self.error = error
            self._condition.notify_all()
        self._failed()

    def finish(self) -> None:
        """Wait until all is written, or cannot be."""
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

    Nothing can stop a thread that waits for the terminal. So there is one for the whole run, which
    holds what it read until a client is there to take it.
    """

    def __init__(self, to_peer: Passage) -> None:
        """Prepare it; TO_PEER is what the bytes pass on their way."""
        #: What the bytes pass on their way.
        self.to_peer = to_peer
        self._condition = threading.Condition()
        self._held = b""
        self._ended = False
        #: Why it could not be read to its end.
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
        """Return what was read, `b""` at the end, or `None` once that is unwanted.

        Where more is not awaited, `None` too if none comes for `QUIET_TIME`. `recheck` has the
        conditions asked again.
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
        """Have `take` ask again whether its result is wanted."""
        with self._condition:
            self._condition.notify_all()

    def give_back(self, chunk: bytes, sent: int) -> None:
        """Put back what could not be sent of a chunk after SENT bytes: it comes first again."""
        with self._condition:
            self._held = self.to_peer.whole_from(chunk, sent) + self._held
            self._condition.notify_all()

    def has_more(self) -> bool:
        """Whether there is something that was not taken, as far as can be told without waiting."""
        with self._condition:
            if not self._held and not self._ended and _wait(INPUT, "POLLIN", 0):
                self._condition.wait_for(lambda: self._held or self._ended, _PROMPT)
            return bool(self._held)
