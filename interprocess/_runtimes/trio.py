"""Waiting with trio, by its rules.

Every call is a checkpoint, and every error is of both trio's type and that of the synchronous
interface.
"""

from __future__ import annotations

from interprocess._interface import lifetime
from interprocess._interface.async_runtime import NO_ALLOWANCE, Readiness, ReadinessRuntime
from interprocess._runtimes.trio_errors import ClosedError, as_trio_has_it

# The module above explains how to install trio if it is missing.
# isort: split
import trio
from trio import abc as abc
from trio.lowlevel import (
    cancel_shielded_checkpoint,
    checkpoint_if_cancelled,
    notify_closing,
    wait_readable,
    wait_writable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from interprocess._interface.async_runtime import Result


class TrioReadiness(Readiness):
    """A direction, and the function of trio that waits for it."""

    def __init__(self, number: int, wait: Callable[[int], Awaitable[None]], doing: str) -> None:
        self._number = number
        self._wait = wait
        self._doing = doing
        self.allowance = NO_ALLOWANCE
        # The process whose task is inside a call; -1 while none is.
        self._busy_in = -1
        self._closed = False

    @property
    def busy(self) -> bool:
        # Tasks of the parent do not continue in a forked child.
        return self._busy_in == lifetime.generation

    async def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        # The call comes after the last point at which trio may cancel.
        await checkpoint_if_cancelled()
        if self.busy:
            raise trio.BusyResourceError(f"another task is already {self._doing} this")
        self._busy_in = lifetime.generation
        try:
            try:
                result = self._call(call, *arguments)
            except BlockingIOError:
                pass
            except BaseException:
                await cancel_shielded_checkpoint()
                raise
            else:
                await cancel_shielded_checkpoint()
                return result
            return await self._perform_when_ready(call, *arguments)
        finally:
            self._busy_in = -1

    async def _perform_when_ready(self, call: Callable[..., Result], *arguments: object) -> Result:
        while True:
            try:
                await self._wait(self._number)
            except trio.ClosedResourceError:
                if self._closed:
                    raise ClosedError from None
                continue  # The other half of the stream was closed.
            try:
                return self._call(call, *arguments)
            except BlockingIOError:
                continue

    def _call(self, call: Callable[..., Result], *arguments: object) -> Result:
        if self._closed:
            raise ClosedError
        try:
            return call(*arguments)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise as_trio_has_it(error) from None

    def close(self) -> None:
        self._closed = True
        if self.busy:
            notify_closing(self._number)


class TrioRuntime(ReadinessRuntime):
    """The running trio loop."""

    busy_error = trio.BusyResourceError

    def readable(self, number: int) -> Readiness:
        return TrioReadiness(number, wait_readable, "receiving from")

    def writable(self, number: int) -> Readiness:
        return TrioReadiness(number, wait_writable, "sending to")

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)

    async def yield_once(self) -> None:
        await trio.lowlevel.checkpoint()


RUNTIME = TrioRuntime()
