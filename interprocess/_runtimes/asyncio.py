"""Waiting with asyncio on Unix, on any loop that has `add_reader` and `add_writer` (uvloop has).

**Call first, then wait.** Descriptors are in nonblocking mode. A verb makes its system call at
once, and its task waits only after EAGAIN. So a transfer on a busy stream costs one system call, as
on a blocking one. The price is fairness: a call that need not wait lets no other task run.
`_asyncio_turns` counts such calls and makes one of many let the loop turn first.

**Receiving in the callback.** When the loop reports that a descriptor is readable, `_ready` makes
the call for the waiting task, and runs the task with the result within the callback
(`_asyncio_delivery`). A task that was only woken would run one turn of the loop later, which costs
a system call, and could be cancelled in between: the received data would be lost.

**Registering.** epoll(7) and kqueue(2) need one system call to register a descriptor and one to
unregister it. So a reader stays registered between two waits. But loops are level-triggered: while
unread data is there, they call back in every turn. So a reader that was called twice with no task
waiting is unregistered. A receive that got less than it asked for has taken all available data: the
next one waits for the callback without trying first. Writers are registered only while a task
waits: there is almost always room, and the loop would spin.

**Closing.** A closed descriptor vanishes from epoll(7) without a report, and its number may be
reused. So `close` unregisters it first and wakes the waiting task with an error.

**Forks.** After fork(2), parent and child share one epoll(7) instance. A child that unregistered a
descriptor would do so for the parent too. `_is_parents` tells whether the registration is the
parent's.

**Events that no system reports.** connect(2) to a full backlog fails with EAGAIN on Linux, and
poll(2) calls that socket ready; a sender that opens a FIFO file gets no event when a receiver opens
it; kernels differ in what they report of pipes (`interprocess.os.unix._kernel`). In these cases the
callers poll with pauses (`async_runtime.LookingAgain`, `local_socket._async_connect`).

**Dead ends.** Waking the task so that it receives by itself costs a turn of the loop for each
receive, and registering for each wait costs two system calls. The loop's `sock_recv` and
`sock_sendall` require socket objects, and the latter does not report what a cancelled call has
sent.
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
    """The base of both directions."""

    #: The activity of its tasks, for error messages.
    _doing: str

    def __init__(self, number: int) -> None:
        self._number = number
        #: The loop with which it is registered.
        self._loop: asyncio.AbstractEventLoop | None = None
        #: The future that the waiting task awaits.
        self._waiter: asyncio.Future[Any] | None = None
        self._turns: Turns | None = None
        # The process in which it was registered or a task waited.
        self._generation = lifetime.generation
        self.allowance: Allowance = NO_ALLOWANCE
        self._busy = False
        self._closed = False

    @property
    def busy(self) -> bool:
        return self._busy and not self._is_parents()

    def _is_parents(self) -> bool:
        """Return true if the loop and the task belong to the parent of this forked process.

        Both processes share the system's list of registered descriptors. So nothing is unregistered
        here.
        """
        return self._generation != lifetime.generation

    def _check_free(self) -> None:
        """Raise an error if no call can begin."""
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
        """Stop the loop from watching the descriptor."""
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed() and not self._is_parents():
            self._remove_from(loop)

    @abstractmethod
    def _remove_from(self, loop: asyncio.AbstractEventLoop) -> None:
        """Unregister the descriptor from LOOP."""

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
    """The receiving direction; makes calls in the loop's callback, so that no task wakes in vain.

    The reader stays registered from one wait to the next, which saves two system calls for each. A
    loop calls it again and again while there is unread data, so it is unregistered after two
    callbacks without a waiting task.
    """

    _doing = "receiving from"

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._call: Callable[..., Any] = _nothing
        self._arguments: tuple[object, ...] = ()
        self._called_in_vain = False
        # True if the last receive took all available data: the loop reports more data, so the next
        # receive need not try first.
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
            # They may include a buffer or a stream, which must not stay alive between two calls.
            self._call, self._arguments = _nothing, ()

    async def receive(
        self,
        call: Callable[[int, int], bytes],
        size: int,
        flags: int,
        owner: object,  # noqa: ARG002  # this reference keeps it alive
    ) -> bytes:
        # Repeats `perform` for the busiest call: each additional coroutine costs time.
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
            # As `deliver`, without the call.
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
    """The sending direction; registered only while a task waits, since there is mostly room."""

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
    """Do nothing: the placeholder for a call while no task waits."""


def _closed_error() -> ValueError:
    return ValueError("I/O operation on closed file")


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
