"""Waiting for the other end to read everything, even after the user has closed the handle.

FlushFileBuffers blocks, and is the only such call that takes no OVERLAPPED and signals no event. So
it runs in its own thread, which other threads can stop waiting for, or cancel.

Data written to a pipe stays readable when its handle is closed. Two kinds of ends go to limbo
instead, where they stay open in the background until the peer has read everything or has left: ends
whose peer is on another machine, as data in transit may need the handle, and ends of a server with
an instance limit, which become free for the next client only when the last one is disconnected.
Limbo is limited in time and number, because a peer gets no error for sending to an end in limbo
until that is closed. The interpreter waits for a shorter time when it exits.
"""

from __future__ import annotations

import _thread
import atexit
from time import monotonic

from interprocess.os.windows import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds for which the interpreter waits for peers to read when it exits.
EXIT_SECONDS = 2.0

#: Seconds for which a closed handle waits for its peer to read.
LINGER_SECONDS = 10.0

#: The number of closed handles that wait at one time.
MOST_LINGERING = 32

#: Seconds for which to try to cancel a flush, which some pipes do not allow.
CANCEL_SECONDS = 1.0

_SLICE_SECONDS = 0.1


class Flush:
    """A call of FlushFileBuffers in the background."""

    __slots__ = ("_ended", "_guard", "_on_end", "_thread", "error", "handle")

    def __init__(self, handle: int, on_end: Callable[[Flush], None] | None = None) -> None:
        """Prepare the call; ON_END is called in its thread."""
        self.handle: int = handle
        self._on_end = on_end
        # The handle of the thread, which is cancelled or closed under the guard.
        self._thread = 0
        self._guard = _thread.allocate_lock()
        #: Its error, or `None` after success.
        self.error: Exception | None = None
        self._ended = _thread.allocate_lock()
        self._ended.acquire()

    def begin(self) -> None:
        """Begin the call. Raises `RuntimeError` when the interpreter exits."""
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
        """End the call with ERROR, since it cannot begin."""
        self.error = error
        self._end()

    def ended(self, seconds: float) -> bool:
        """Wait, and return true if it has ended in time."""
        if not self._ended.acquire(timeout=seconds):
            return False
        self._ended.release()
        return True

    def wait(self, deadline: float | None, is_unwanted: Callable[[], bool]) -> bool:
        """Return true if it ended before DEADLINE and before IS_UNWANTED; cancel it otherwise."""
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
        """Try for SECONDS to cancel the call, which some pipes do not allow.

        Its thread may not be waiting yet at the first attempt. A call that cannot be cancelled
        continues until the peer has read everything, and the handle has to stay open for that.
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
    """Call CLOSE when the peer of HANDLE has read everything, has left, or takes too long.

    CLOSE closes the handle; its argument is whether everything was read.
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
        # No thread can be started any more. The system keeps the data in the pipe for the peer.
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
