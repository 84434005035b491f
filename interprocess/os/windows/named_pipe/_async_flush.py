"""Waiting for the peer to receive everything, as an operation that a runtime awaits."""

from __future__ import annotations

from interprocess._interface.async_runtime import Operation
from interprocess._interface.lifetime import ClosedError
from interprocess.os.windows._pipe.end import check_flush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess.os.windows._async_pipe.end import AsyncPipeHandle
    from interprocess.os.windows._pipe.limbo import Flush

#: Seconds for which the event loop waits for a flush that it cancels. A longer one ends by itself,
#: when the peer has read everything.
CANCEL_SECONDS = 0.05


class Flushing(Operation):
    """A call of FlushFileBuffers, which needs its own thread: no completion port reports it."""

    def __init__(self, pipe: AsyncPipeHandle) -> None:
        self._pipe = pipe
        self._flush: Flush | None = None
        self._told = False

    def begin(self, wake: Callable[[], None]) -> None:
        def end() -> None:
            self._told = True
            wake()

        pipe = self._pipe
        self._flush = pipe.begin_flush(pipe.runtime.from_thread(end))

    def ended(self) -> bool:
        return self._told or bool(self._pipe.closing)

    def cancel(self) -> bool:
        if self._flush is not None:
            self._flush.cancel(CANCEL_SECONDS)
        return True

    def was_cancelled(self) -> bool:
        return True

    def finish(self) -> None:
        assert self._flush is not None
        if not self._told:
            raise ClosedError
        check_flush(self._flush)

    def leave(self) -> None:
        self.cancel()
