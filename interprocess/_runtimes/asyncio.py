"""Waiting with asyncio on Unix, on any loop that has `add_reader` and `add_writer` (uvloop has).

**Call first, then wait.** Descriptors are in nonblocking mode. A verb makes its system call at
once, and only if that says EAGAIN does its task wait. So a busy stream costs one system call each
time, as a blocking one does. The price is fairness: a call that need not wait lets no other task
run. `_asyncio_turns` counts such calls, and now and then one has the loop turn first.

**Receiving in the callback.** When the loop says that a descriptor is readable, `_ready` makes the
call that the task is waiting with, and runs the task with the result within the callback
(`_asyncio_delivery`). A task that was only woken would run one turn of the loop later, a system
call more, and could be cancelled in between: what was received would be lost.

**Registering.** epoll(7) and kqueue(2) need a system call to register a descriptor, and one to take
it off. A reader stays registered between two waits. But loops are level-triggered: as long as
something is there and nobody takes it, they call back in every turn. So a reader that was called
twice with no task waiting is taken off. A receive that got less than it asked for has taken all
that there was: the next one need not try, and waits for the callback. Writers are registered only
while a task waits: there is almost always room, and a loop would spin.

**Closing.** A descriptor that is closed vanishes from epoll(7) without a report, and its number may
come back as something else. So `close` takes it off first and wakes the waiting task with an error.

**Forks.** After fork(2), parent and child share what epoll(7) watches. A child that took a
descriptor off would do so for the parent. `_is_parents` tells whose registration it is.

**What is never ready.** connect(2) to a full backlog fails with EAGAIN on Linux, and poll(2) calls
that socket ready; no receiver of a FIFO file is reported to a sender that opens it; kernels differ
in what they report of pipes (`interprocess.os.unix._kernel`). There the callers ask again after
pauses (`async_runtime.LookingAgain`, `local_socket._async_connect`).

**Dead ends.** Waking the task to receive by itself, and registering for each wait, are what the
above replaces: a turn of the loop, or two system calls, for each receive. The loop's `sock_recv`
and `sock_sendall` want socket objects, and the latter does not tell what a cancelled call has sent.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from asyncio import get_running_loop

from interprocess._interface import lifetime
from interprocess._interface.async_runtime import NO_ALLOWANCE, Readiness, ReadinessRuntime
from interprocess._runtimes._asyncio_turns import count_call, turns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess._interface.async_runtime import Allowance, Result
    from interprocess._runtimes._asyncio_turns import Turns


class _Direction(Readiness):
    """What both directions have in common."""

    #: What its tasks do, for error messages.
    _doing: str

    def __init__(self, number: int) -> None:
        self._number = number
        #: Where it is registered.
        self._loop: asyncio.AbstractEventLoop | None = None
        #: What the task awaits that is inside a call and waits.
        self._waiter: asyncio.Future[Any] | None = None
        self._turns: Turns | None = None
        # The process in which it was registered, or a task waited.
        self._generation = lifetime.generation
        self.allowance: Allowance = NO_ALLOWANCE
        self._busy = False
        self._closed = False

    @property
    def busy(self) -> bool:
        return self._busy and not self._is_parents()

    def _is_parents(self) -> bool:
        """Whether the loop and the task are those of the process that this one was forked from.

        The system has one list of what the loop waits for, which both processes share. So nothing
        is taken off it here.
        """
        return self._generation != lifetime.generation

    def _check_free(self) -> None:
        """Raise why no call can begin."""
        if self._closed:
            raise _closed_error()
        if not self._is_parents():
            raise RuntimeError(f"another task is already {self._doing} this")
        self._unregister()
        self._leave()

    def may_call(self) -> bool:
        if self._closed or self._busy:
            return False
        loop = get_running_loop()
        turns = self._turns
        if turns is None or turns.loop() is not loop:
            turns = self._turns = turns_of(loop)
        if not turns.renew(loop):
            return False
        self.allowance = turns
        return True

    async def _give_way(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the loop turn."""
        self._enter()
        try:
            await turns_of(loop).give_way(loop)
        finally:
            self._leave()
        if self._closed:
            raise _closed_error()

    def _enter(self) -> None:
        """Refuse other tasks: one is about to wait."""
        self._busy = True
        self._generation = lifetime.generation
        self.allowance = NO_ALLOWANCE

    def _leave(self) -> None:
        self._busy = False
        self._waiter = None

    def _register(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note with which loop, and in which process, it is registered."""
        self._loop = loop
        self._generation = lifetime.generation

    def _unregister(self) -> None:
        """Have the loop look at the descriptor no more."""
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed() and not self._is_parents():
            self._remove_from(loop)

    @abstractmethod
    def _remove_from(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have a loop look at the descriptor no more."""

    def close(self) -> None:
        self._closed = True
        self.allowance = NO_ALLOWANCE
        self._unregister()
        waiter = self._waiter
        if waiter is None or waiter.done() or self._is_parents():
            return
        if not waiter.get_loop().is_closed():
            waiter.set_exception(_closed_error())


class Readable(_Direction):
    """Calls are made in the loop's callback, so that no task is woken in vain.

    The reader stays registered from one wait to the next, which spares two system calls for each. A
    loop calls it again and again while there is something to read, so it is taken off when it was
    called twice with nobody waiting.
    """

    _doing = "receiving from"

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._call: Callable[..., Any] = _nothing
        self._arguments: tuple[object, ...] = ()
        self._called_in_vain = False
        # Whether the last receive took all that there was: the loop tells if more comes, so that
        # the next one need not ask the system first.
        self._drained = False

    async def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        if self._closed or self._busy:
            self._check_free()
        loop = get_running_loop()
        allowance = self.allowance
        if allowance.calls:
            allowance.calls -= 1
        elif not self.may_call():
            await self._give_way(loop)
        self._drained = False
        try:
            return call(*arguments)
        except BlockingIOError:
            self._prepare_to_wait(loop)
        self._call, self._arguments = call, arguments
        self._busy = True
        waiter: asyncio.Future[Result] = asyncio.Future(loop=loop)
        self._waiter = waiter
        try:
            return await waiter
        finally:
            self._leave()
            # A buffer or a stream may be among them, which must not stay alive between two calls.
            self._call, self._arguments = _nothing, ()

    async def receive(
        self,
        call: Callable[[int, int], bytes],
        size: int,
        flags: int,
        owner: object,  # noqa: ARG002  # it stays alive by being here
    ) -> bytes:
        # `perform` once more, for the busiest of calls: each coroutine on the way costs.
        if self._closed or self._busy:
            self._check_free()
        loop = get_running_loop()
        if not self._drained or self._called_in_vain or loop is not self._loop:
            allowance = self.allowance
            if allowance.calls:
                allowance.calls -= 1
            elif not self.may_call():
                await self._give_way(loop)
            try:
                data = call(size, flags)
            except BlockingIOError:
                self._prepare_to_wait(loop)
            else:
                self._drained = len(data) < size
                return data
        self._call, self._arguments = call, (size, flags)
        self._busy = True
        waiter: asyncio.Future[bytes] = asyncio.Future(loop=loop)
        self._waiter = waiter
        try:
            received = await waiter
        finally:
            self._busy = False
            self._waiter = None
            self._call = _nothing
        self._drained = len(received) < size
        return received

    def _prepare_to_wait(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            self._unregister()
            loop.add_reader(self._number, self._ready)
            self._register(loop)
        self._called_in_vain = False

    def _ready(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            if self._called_in_vain:
                self._unregister()
            self._called_in_vain = True
            return
        try:
            result = self._call(*self._arguments)
        except BlockingIOError:
            return  # Another process was faster.
        except Exception as error:
            waiter.set_exception(error)
        else:
            # What `deliver` does, without the call.
            callbacks: Any = waiter._callbacks
            if not callbacks:
                waiter.set_result(result)
                return
            wake, context = callbacks[0]
            waiter.remove_done_callback(wake)
            waiter.set_result(result)
            context.run(wake, waiter)

    def _remove_from(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._number)


class Writable(_Direction):
    """A writer is registered only while a task waits: almost always there is room."""

    _doing = "sending to"

    async def perform(self, call: Callable[..., Result], *arguments: object) -> Result:
        if self._closed or self._busy:
            self._check_free()
        loop = get_running_loop()
        allowance = self.allowance
        if allowance.calls:
            allowance.calls -= 1
        elif not self.may_call():
            await self._give_way(loop)
        try:
            return call(*arguments)
        except BlockingIOError:
            self._enter()
        try:
            while True:
                await self._wait(loop)
                if self._closed:  # Between the wake-up and now.
                    raise _closed_error()
                try:
                    return call(*arguments)
                except BlockingIOError:
                    continue
        finally:
            self._leave()

    async def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        waiter: asyncio.Future[None] = asyncio.Future(loop=loop)
        self._waiter = waiter
        loop.add_writer(self._number, _wake, waiter)
        self._register(loop)
        try:
            await waiter
        finally:
            self._unregister()

    def _remove_from(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_writer(self._number)


class AsyncioRuntime(ReadinessRuntime):
    """The loop that runs."""

    def readable(self, number: int) -> Readiness:
        return Readable(number)

    def writable(self, number: int) -> Readiness:
        return Writable(number)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def yield_once(self) -> None:
        await count_call()


RUNTIME = AsyncioRuntime()


def _nothing() -> None:
    """Do nothing: what stands in for a call while nobody waits."""


def _closed_error() -> ValueError:
    return ValueError("I/O operation on closed file")


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
