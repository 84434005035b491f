"""Waiting with asyncio, on any loop that has `add_reader` and `add_writer` (uvloop has)."""

from __future__ import annotations

import asyncio

from interprocess._interface.async_runtime import Readiness, ReadinessRuntime
from interprocess._runtimes._asyncio_delivery import Delivery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess._interface.async_runtime import Result


class Readable(Readiness):
    """Calls are made in the loop's callback, so that no task is woken in vain.

    The reader stays registered from one wait to the next, which spares two system calls for each. A
    loop calls it again and again while there is something to read, so it is taken off when it was
    called twice with nobody waiting.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._loop: asyncio.AbstractEventLoop | None = None
        self._delivery = Delivery()
        self._call: Callable[..., Any] = _nothing
        self._arguments: tuple[object, ...] = ()
        self._busy = False
        self._called_in_vain = False
        # Whether the last receive took all that there was: the loop tells if more comes, so that
        # the next one need not ask the system first.
        self._drained = False
        self._closed = False

    @property
    def busy(self) -> bool:
        return self._busy

    async def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        if self._closed or self._busy:
            raise _refusal(self._closed, "receiving from")
        loop = asyncio.get_running_loop()
        self._drained = False
        try:
            return call(*arguments)
        except BlockingIOError:
            self._prepare_to_wait(loop)
        self._busy = True
        self._call, self._arguments = call, arguments
        delivery = self._delivery
        delivery.begin(loop)
        try:
            await delivery
        finally:
            self._busy = False
            delivery.done = True
            # A buffer or a stream may be among them, which must not stay alive between two calls.
            self._call, self._arguments = _nothing, ()
        return delivery.take()  # type: ignore[no-any-return]  # what the call returns

    async def receive(self, call: Callable[[int], bytes], size: int) -> bytes:
        # `perform` once more, for the busiest of calls: each coroutine on the way costs.
        if self._closed or self._busy:
            raise _refusal(self._closed, "receiving from")
        loop = asyncio.get_running_loop()
        if not self._drained or self._called_in_vain or loop is not self._loop:
            try:
                data = call(size)
            except BlockingIOError:
                self._prepare_to_wait(loop)
            else:
                self._drained = len(data) < size
                return data
        self._busy = True
        self._call, self._arguments = call, (size,)
        delivery = self._delivery
        delivery.begin(loop)
        try:
            await delivery
        finally:
            self._busy = False
            delivery.done = True
            self._call = _nothing
        received: bytes = delivery.take()
        self._drained = len(received) < size
        return received

    def _prepare_to_wait(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            self._register(loop)
        self._called_in_vain = False

    def _ready(self) -> None:
        delivery = self._delivery
        if delivery.done:
            if self._called_in_vain:
                self._unregister()
            self._called_in_vain = True
            return
        try:
            result = self._call(*self._arguments)
        except BlockingIOError:
            return  # Another process was faster.
        except Exception as error:
            delivery.fail_soon(error)
        else:
            delivery.deliver(result)

    def _register(self, loop: asyncio.AbstractEventLoop) -> None:
        self._unregister()
        loop.add_reader(self._number, self._ready)
        self._loop = loop

    def _unregister(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self._number)

    def close(self) -> None:
        self._closed = True
        self._unregister()
        if not self._delivery.done:
            self._delivery.fail_soon(_closed_error())


class Writable(Readiness):
    """A writer is registered only while a task waits: almost always there is room."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False
        self.free = True

    @property
    def busy(self) -> bool:
        return self._waiter is not None

    async def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        if self._closed or self._waiter is not None:
            raise _refusal(self._closed, "sending to")
        try:
            return call(*arguments)
        except BlockingIOError:
            self.free = False
        try:
            while True:
                await self._wait()
                if self._closed:  # Between the wake-up and now.
                    raise _closed_error()
                try:
                    return call(*arguments)
                except BlockingIOError:
                    continue
        finally:
            self._waiter = None
            self.free = not self._closed

    async def _wait(self) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        loop.add_writer(self._number, _wake, waiter)
        try:
            await waiter
        finally:
            self._unregister()

    def _unregister(self) -> None:
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed():
            loop.remove_writer(self._number)

    def close(self) -> None:
        self._closed = True
        self.free = False
        self._unregister()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(_closed_error())


class AsyncioRuntime(ReadinessRuntime):
    """The loop that runs."""

    def readable(self, number: int) -> Readiness:
        return Readable(number)

    def writable(self, number: int) -> Readiness:
        return Writable(number)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def yield_once(self) -> None:
        pass  # In asyncio, a call that need not wait does not.


RUNTIME = AsyncioRuntime()


def _nothing() -> None:
    """Do nothing: what stands in for a call while nobody waits."""


def _closed_error() -> ValueError:
    return ValueError("I/O operation on closed file")


def _refusal(closed: bool, doing: str) -> Exception:
    return _closed_error() if closed else RuntimeError(f"another task is already {doing} this")


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
