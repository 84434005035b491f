"""Waiting for the other end to read everything, also after a handle was closed by its user.

FlushFileBuffers waits, and is the one such call that no OVERLAPPED makes cancellable and no event
ends. So it runs in a thread of its own, which others can stop waiting for, or cancel.

What was written to a pipe stays readable when its handle is closed. Two kinds of ends go to limbo
instead, where they stay open in the background until the peer has read everything or has left:
those whose peer is on another machine, as what is on its way may need the handle, and those of a
server with an instance limit, which are free for the next client only when the last one is sent
away. Limbo is bounded in time and in number, because a peer that sends to an end which nobody
reads any more is not told so before that is closed. The exit of the interpreter waits for less.
"""

from __future__ import annotations

import _thread
import atexit
from time import monotonic

from interprocess.os.windows import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: For how many seconds the exit of the interpreter waits for peers to read.
EXIT_SECONDS = 2.0

#: For how many seconds a closed handle waits for its peer to read.
LINGER_SECONDS = 10.0

#: How many closed handles wait at one time.
MOST_LINGERING = 32

#: For how many seconds it is tried to cancel a flush, which some pipes do not allow.
CANCEL_SECONDS = 1.0

_SLICE_SECONDS = 0.1


class Flush:
    """A FlushFileBuffers that goes on in the background."""

    __slots__ = ("_ended", "_guard", "_on_end", "_thread", "error", "handle")

    def __init__(self, handle: int, on_end: Callable[[Flush], None] | None = None) -> None:
        """Prepare it; ON_END is called in its thread."""
        self.handle = handle
        self._on_end = on_end
        # The thread's own handle, which is cancelled or closed under the guard.
        self._thread = 0
        self._guard = _thread.allocate_lock()
        #: What it ended with, `None` if well.
        self.error: Exception | None = None
        self._ended = _thread.allocate_lock()
        self._ended.acquire()

    def begin(self) -> None:
        """Begin it. Raises `RuntimeError` when the interpreter exits."""
        _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        try:
            self._thread = _calls.open_this_thread()
            _calls.flush_file_buffers(self.handle)
        except OSError as error:
            self.error = error
        finally:
            with self._guard:
                thread, self._thread = self._thread, 0
                if thread:
                    _calls.close_handle(thread)
            self._end()

    def _end(self) -> None:
        try:
            if self._on_end is not None:
                self._on_end(self)
        finally:
            self._ended.release()

    def give_up(self, error: Exception) -> None:
        """End it, as it cannot begin."""
        self.error = error
        self._end()

    def ended(self, seconds: float) -> bool:
        """Wait, and return whether it has ended in time."""
        if not self._ended.acquire(timeout=seconds):
            return False
        self._ended.release()
        return True

    def wait(self, deadline: float | None, is_unwanted: Callable[[], bool]) -> bool:
        """Return whether it ended before DEADLINE and before IS_UNWANTED; cancel it if not."""
        try:
            while not is_unwanted():
                left = _SLICE_SECONDS if deadline is None else deadline - monotonic()
                if self.ended(max(0.0, min(left, _SLICE_SECONDS))):
                    return True
                if left <= 0:
                    break
        finally:
            self.cancel()
        return False

    def cancel(self, seconds: float = CANCEL_SECONDS) -> None:
        """Have it end now, or try to for a time: some pipes do not allow it.

        Its thread may not be waiting yet when the first attempt is made. What cannot be cancelled
        goes on until the peer has read everything, and the handle has to stay open for that.
        """
        deadline = monotonic() + seconds
        while not self.ended(0):
            with self._guard:
                if self._thread:
                    _calls.cancel_thread(self._thread)
            if self.ended(0.005) or monotonic() >= deadline:
                return


_lingering: set[Flush] = set()


def linger(handle: int, close: Callable[[bool], None]) -> None:
    """Have CLOSE called when the peer of HANDLE has read everything, has left, or takes too long.

    It closes the handle, and is told whether everything was read.
    """

    def end(flush: Flush) -> None:
        try:
            close(flush.error is None)
        finally:
            _lingering.discard(flush)

    flush = Flush(handle, end)
    if len(_lingering) >= MOST_LINGERING:
        close(False)
        return
    _lingering.add(flush)
    try:
        _thread.start_new_thread(_hurry, (flush,))
        flush.begin()
    except RuntimeError as error:
        # No thread can be started any more. The system keeps what is in the pipe for the peer.
        flush.give_up(error)


def _hurry(flush: Flush) -> None:
    """End a flush when it has taken too long."""
    flush.wait(monotonic() + LINGER_SECONDS, lambda: False)


def wait_for_all(seconds: float = EXIT_SECONDS) -> None:
    """Wait until no handle is in limbo any more, but not for longer than SECONDS."""
    deadline = monotonic() + seconds
    for flush in tuple(_lingering):
        flush.ended(max(0.0, deadline - monotonic()))


atexit.register(wait_for_all)
