"""The runtimes, as the tests see them: one text runs in each."""

from __future__ import annotations

import asyncio
import importlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

from tests.portable.asynchronous import threads
from tests.support import PATIENCE

RUNTIMES = ["asyncio", "uvloop", "trio"]


class Started(ABC):
    """A task that runs beside the test."""

    @abstractmethod
    async def result(self) -> Any:
        """Wait for the task, and return or raise what it did."""

    @abstractmethod
    async def cancel(self) -> Any:
        """Cancel the task and wait for it; return what it returned all the same, or `None`."""


class World(ABC):
    """A runtime, and our modules for it."""

    busy_error: type[BaseException]
    #: Whether to run the runtime in debug mode if it has one, which is several times as slow.
    debug = True

    def __init__(self, name: str, modules: str) -> None:
        self.name = name
        #: The last part of our modules' names.
        self.modules = modules
        self.local: Any = importlib.import_module(f"interprocess.local_socket.{modules}")
        self.pipes: Any = importlib.import_module(f"interprocess.unnamed_pipe.{modules}")

    @abstractmethod
    def run(self, main: Callable[[], Awaitable[Any]]) -> Any:
        """Run a test, until all that it started has ended."""

    @abstractmethod
    def start(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Started:
        """Run a function beside the test."""

    @abstractmethod
    async def step(self) -> None:
        """Let every other task that can run do so once."""

    async def settle(self) -> None:
        """Let the other tasks run until they wait, where they have little to do."""
        for _ in range(10):
            await self.step()


class AsyncioTask(Started):
    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task

    async def result(self) -> Any:
        return await asyncio.wait_for(self._task, PATIENCE)

    async def cancel(self) -> Any:
        self._task.cancel()
        try:
            return await self._task
        except asyncio.CancelledError:
            return None


class AsyncioWorld(World):
    busy_error = RuntimeError

    def __init__(self, name: str, new_loop: Callable[[], Any] = asyncio.new_event_loop) -> None:
        super().__init__(name, "asyncio")
        self._new_loop = new_loop

    def run(self, main: Callable[[], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            return await main()

        loop = self._new_loop()
        loop.set_debug(self.debug)
        try:
            result = loop.run_until_complete(whole())
            left = asyncio.all_tasks(loop)
            assert not left, f"tasks are left: {left}"
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            return result
        finally:
            loop.close()

    def start(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Started:
        async def whole() -> Any:
            return await function(*arguments)

        return AsyncioTask(asyncio.get_running_loop().create_task(whole()))

    async def step(self) -> None:
        await asyncio.sleep(0)


class SyncWorld(AsyncioWorld):
    """The synchronous classes, each wait in a thread."""

    def __init__(self) -> None:
        super().__init__("sync")
        self.local, self.pipes = threads.local, threads.pipes

    async def settle(self) -> None:
        """Let the threads run until they wait; a test that needs more than that is not for them."""
        await asyncio.sleep(0.02)


class TrioTask(Started):
    def __init__(self, scope: Any, ended: Any) -> None:
        self.scope = scope
        self.ended = ended
        self.value: Any = None
        self.error: Exception | None = None

    async def result(self) -> Any:
        await self.ended.wait()
        if self.error is not None:
            raise self.error
        return self.value

    async def cancel(self) -> Any:
        self.scope.cancel()
        return await self.result()


class TrioWorld(World):
    def __init__(self) -> None:
        import trio

        super().__init__("trio", "trio")
        self._trio = trio
        self._nursery: Any = None
        self.busy_error = trio.BusyResourceError

    def run(self, main: Callable[[], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            result, failure = None, None
            async with self._trio.open_nursery() as self._nursery:
                try:
                    result = await main()
                except Exception as error:  # Kept out of the nursery, which would wrap it.
                    failure = error
                    self._nursery.cancel_scope.cancel()
            if failure is not None:
                raise failure
            return result

        try:
            return self._trio.run(whole)
        finally:
            self._nursery = None  # It holds a handle.

    def start(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Started:
        task = TrioTask(self._trio.CancelScope(), self._trio.Event())

        async def whole() -> None:
            with task.scope:
                try:
                    task.value = await function(*arguments)
                except Exception as error:
                    task.error = error
            task.ended.set()

        self._nursery.start_soon(whole)
        return task

    async def step(self) -> None:
        await self._trio.lowlevel.checkpoint()


def new_world(name: str) -> World:
    """Return a runtime by its name; raises `ImportError` where it is not installed."""
    if name == "trio":
        return TrioWorld()
    if name == "sync":
        return SyncWorld()
    if name == "uvloop":
        if sys.platform == "win32":
            raise ImportError("uvloop is not for Windows")
        import uvloop

        return AsyncioWorld(name, uvloop.new_event_loop)
    return AsyncioWorld(name)


def warm_up() -> None:
    """Run each runtime once: some keep a few descriptors from their first run on."""
    for name in RUNTIMES:
        try:
            world = new_world(name)
        except ImportError:
            continue
        world.run(world.step)
