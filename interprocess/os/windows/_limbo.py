"""Waiting for the other end to read everything, also after a handle was closed by its user.

FlushFileBuffers waits, and is the one such call that no OVERLAPPED makes cancellable and no event
ends. So it runs in a thread of its own, which others can stop waiting for, or cancel.

A pipe that is closed with unread data in it goes to limbo: it stays open in the background until
the peer has read the data or has left. The exit of the interpreter waits for those, but not for
ever.
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
        self.error: OSError | None = None
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
            if self._on_end is not None:
                self._on_end(self)
            self._ended.release()

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

    def cancel(self) -> None:
        """Have it end now. Its thread may not be waiting yet when the first attempt is made."""
        while not self.ended(0):
            with self._guard:
                if self._thread:
                    _calls.cancel_thread(self._thread)
            self.ended(0.005)


_lingering: set[Flush] = set()


def linger(handle: int) -> None:
    """Close HANDLE when its peer has read everything or has left."""
    flush = Flush(handle, _close)
    _lingering.add(flush)
    try:
        flush.begin()
    except RuntimeError:
        # No thread can be started any more. The system keeps what is in the pipe for the peer.
        _close(flush)


def _close(flush: Flush) -> None:
    _calls.close_handle(flush.handle)
    _lingering.discard(flush)


def wait_for_all(seconds: float = EXIT_SECONDS) -> None:
    """Wait until no handle is in limbo any more, but not for longer than SECONDS."""
    deadline = monotonic() + seconds
    for flush in tuple(_lingering):
        flush.ended(max(0.0, deadline - monotonic()))


atexit.register(wait_for_all)
