"""Waiting for the peer to receive everything, as an operation that a runtime awaits."""

from __future__ import annotations

from interprocess._interface.async_runtime import Operation
from interprocess.os.windows._handle import ClosedHandleError
from interprocess.os.windows._limbo import Flush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess.os.windows._async_pipe_handle import AsyncPipeHandle


class Flushing(Operation):
    """A FlushFileBuffers, which takes a thread of its own: no completion port tells of it."""

    def __init__(self, pipe: AsyncPipeHandle) -> None:
        self._pipe = pipe
        self._flush: Flush | None = None
        self._told = False

    def begin(self, wake: Callable[[], None]) -> None:
        def end() -> None:
            self._told = True
            wake()

        pipe = self._pipe
        pipe.check_open()
        end_soon = pipe.runtime.from_thread(end)
        flush = Flush(pipe.value, lambda _: end_soon())
        pipe._uses.append(None)
        try:
            flush.begin()
        except BaseException:
            pipe._uses.remove(None)
            raise
        self._flush = flush

    def ended(self) -> bool:
        return self._told or bool(self._pipe.closing)

    def cancel(self) -> bool:
        if self._flush is not None:
            self._flush.cancel()
        return True

    def was_cancelled(self) -> bool:
        return True

    def finish(self) -> None:
        assert self._flush is not None
        if not self._told:
            raise ClosedHandleError
        if self._flush.error is not None:
            raise self._flush.error

    def leave(self) -> None:
        if self._flush is None:
            return
        self.cancel()
        pipe = self._pipe
        pipe._uses.remove(None)
        if pipe.closing:
            pipe._leave()
