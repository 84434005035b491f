"""Descriptors without a flag that makes a single call nonblocking: pipes and listeners."""

from __future__ import annotations

from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError
from interprocess.os.unix._descriptor.descriptor import Descriptor
from interprocess.os.unix._descriptor.open_file_mode import OpenFileMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")


class PollingDescriptor(Descriptor):
    """A descriptor without a flag that makes a single call nonblocking.

    This applies to pipes, FIFO files and listeners. Their open file is in nonblocking mode while we
    use it, by the rules of `interprocess.os.unix._descriptor.open_file_mode`.
    """

    __slots__ = ()

    mode: OpenFileMode

    def __init__(
        self, number: int | None = None, nonblocking: bool = False, shared: bool = False
    ) -> None:
        super().__init__(number, nonblocking, shared)
        self.mode = OpenFileMode(nonblocking)

    def transfer(
        self,
        call: Callable[..., Result],
        event: int,
        deadline: float | None,
        *arguments: object,
    ) -> Result:
        """Do what `perform` does, with a call that must not wait in the kernel.

        `perform` and `_call_without_waiting` are inlined here, for the speed of pipes.
        """
        uses, mode = self.uses, self.mode
        calls = mode.calls
        uses.append(lifetime.generation)
        try:
            ready = 0
            while not self.closing:
                result = None
                calls += (lifetime.generation,)  # No signal handler can raise before `try`.
                try:
                    if mode.restoring:
                        mode.wait_for_restore()
                    if not mode.nonblocking or mode.shown or self.others_have_it:
                        mode.ensure_nonblocking(self.number)
                    result = call(self.number, *arguments)
                except InterruptedError:
                    continue
                except BlockingIOError:
                    if self.nonblocking:
                        raise
                finally:
                    calls.pop()
                if result is None:
                    self._check_waiting_helps(ready)
                    ready = self._wait(event, deadline)
                    continue
                if not result and self.closing:
                    break
                return result
            raise ClosedError
        except OSError:
            if self.closing:
                raise ClosedError from None
            raise
        finally:
            uses.pop()
            if self.closing:
                self.settle()

    def call_now(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Return `call(number, *arguments)`, for an event loop, which does the waiting."""
        return self._call_without_waiting(self.number, call, *arguments)

    def show(self) -> None:
        # It may become the standard input or output of a child process, without our knowledge, or
        # be switched to another mode. But most callers only wait for it.
        self.share()

    def set_nonblocking(self, nonblocking: bool) -> None:
        if nonblocking:
            super().set_nonblocking(True)
        else:
            # Left on until the open file is released: calls may be in progress, even of clones, and
            # would wait in the kernel.
            self.perform(self.mode.lend, 0, None)
            self.nonblocking = False
