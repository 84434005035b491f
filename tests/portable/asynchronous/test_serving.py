"""asyncio's `serve`: many clients at a time, none of which ends the others, and an orderly end."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from interprocess.local_socket import IncompleteReadError, Name
from interprocess.local_socket import asyncio as local
from tests.portable.asynchronous.worlds import World
from tests.support import PATIENCE


@pytest.fixture(params=["asyncio", "uvloop"])
def world(request: pytest.FixtureRequest) -> World:
    from tests.portable.asynchronous.fixtures import _new_world

    return _new_world(request.param)


async def echo(stream: local.Stream) -> None:
    """Send back what comes, until the end."""
    while data := await stream.recv(65536):
        await stream.send_all(data)


async def ask(client: local.Stream, question: bytes) -> bytes:
    """Send something and receive as much."""
    await client.send_all(question)
    return await asyncio.wait_for(client.recv_exactly(len(question)), PATIENCE)


def collect_reports() -> list[dict[str, Any]]:
    """Collect the contexts passed to the loop's exception handler."""
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
    return reports


class Serving:
    """A listener that is served in a task, until the context ends."""

    def __init__(self, name: Name, handler: Any, **options: Any) -> None:
        self.listener = local.listen(name)
        self.task = asyncio.create_task(local.serve(self.listener, handler, **options))

    async def __aenter__(self) -> Serving:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.listener.close()
        await asyncio.wait_for(self.task, PATIENCE)


def test_many_clients_at_a_time(world: World, name: Name) -> None:
    async def main() -> None:
        async with Serving(name, echo):
            clients = [await local.connect(name) for _ in range(20)]
            for number, client in reversed(list(enumerate(clients))):
                assert await ask(client, b"%04d" % number) == b"%04d" % number
            for client in clients:
                await client.aclose()

    world.run(main)


def test_errors_end_one_client(world: World, name: Name) -> None:
    async def fragile(stream: local.Stream) -> None:
        if await stream.recv_exactly(1) == b"!":
            raise KeyError("the handler's")
        await echo(stream)

    async def main() -> None:
        reports = collect_reports()
        async with Serving(name, fragile):
            async with await local.connect(name) as other:
                await other.send_all(b" ")
                assert await ask(other, b"before") == b"before"
                (await local.connect(name)).close()  # That is no error.
                async with await local.connect(name) as client:
                    await client.send_all(b"!")
                    assert await client.recv(1) == b""
                assert await ask(other, b"after") == b"after"
        (report,) = reports
        assert isinstance(report["exception"], KeyError)
        reports.clear()

    world.run(main)


def test_on_error_gets_every_error(world: World, name: Name) -> None:
    async def main() -> None:
        errors: asyncio.Queue[Any] = asyncio.Queue()

        def note(error: Exception, stream: local.Stream) -> None:
            errors.put_nowait((type(error), stream.closed))

        async with Serving(name, lambda stream: stream.recv_exactly(10), on_error=note):
            (await local.connect(name)).close()
            error = await asyncio.wait_for(errors.get(), PATIENCE)
            assert error == (IncompleteReadError, False)

    world.run(main)


def test_the_number_of_clients_is_bounded(world: World, name: Name) -> None:
    most = now = 0

    async def count(stream: local.Stream) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await stream.send_all(b"x")
        await stream.recv(1)
        now -= 1

    async def main() -> None:
        async with Serving(name, count, max_clients=3):
            clients = [await local.connect(name) for _ in range(6)]
            for client in clients[:3]:
                assert await client.recv(1) == b"x"
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(clients[3].recv(1), 0.1)  # It waits for its turn.
            for client in clients[:3]:
                client.close()
            for client in clients[3:]:
                assert await client.recv(1) == b"x"
                client.close()
        assert most == 3

    world.run(main)


def test_closing_gives_clients_their_time(world: World, name: Name) -> None:
    async def main() -> None:
        async with Serving(name, echo, max_clients=1, grace=PATIENCE) as serving:
            async with await local.connect(name) as client:
                assert await ask(client, b"served") == b"served"
                serving.listener.close()
                await asyncio.sleep(0.05)
                assert not serving.task.done()
                assert await ask(client, b"still served") == b"still served"
            await serving.task

    world.run(main)


@pytest.mark.parametrize("cancelled", [False, True])
def test_clients_are_ended(world: World, name: Name, cancelled: bool) -> None:
    async def main() -> None:
        reports = collect_reports()
        serving = Serving(name, echo, grace=0.05)
        async with await local.connect(name) as client:
            assert await ask(client, b"served") == b"served"
            if cancelled:
                serving.task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await serving.task
            else:
                serving.listener.close()
                await serving.task
            assert serving.listener.closed
            assert await client.recv(1) == b""
        assert reports == []

    world.run(main)


def test_a_client_whose_task_has_not_begun_is_closed_too(world: World, name: Name) -> None:
    async def main() -> None:
        for steps in range(1, 7):
            serving = Serving(name, echo)
            async with await local.connect(name) as client:
                for _ in range(steps):
                    await asyncio.sleep(0)
                serving.task.cancel()
                await asyncio.wait([serving.task])
                try:
                    assert await asyncio.wait_for(client.recv(1), PATIENCE) == b""
                except ConnectionResetError:
                    pass
            gc.collect()

    world.run(main)


def test_handlers_that_do_not_end_are_told_of(
    world: World, name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interprocess.local_socket import _serving_asyncio

    monkeypatch.setattr(_serving_asyncio, "CLOSING_TIME", 0.05)

    async def main() -> None:
        released = asyncio.Event()

        async def stubborn(stream: local.Stream) -> None:
            await stream.send_all(b"x")
            while not released.is_set():
                try:
                    await released.wait()
                except asyncio.CancelledError:
                    pass

        with pytest.warns(RuntimeWarning, match="handlers that still run although .*: 1"):
            async with Serving(name, stubborn, grace=0) as serving:
                async with await local.connect(name) as client:
                    assert await client.recv(1) == b"x"
                    serving.listener.close()
                    await serving.task
        released.set()
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})

    world.run(main)


@pytest.mark.parametrize(
    ("options", "error"),
    [({"max_clients": 0}, ValueError), ({"grace": -1}, ValueError), ({"on_error": 1}, TypeError)],
)
def test_bad_options(
    world: World, name: Name, options: dict[str, Any], error: type[Exception]
) -> None:
    async def main() -> None:
        async with local.listen(name) as listener:
            with pytest.raises(error, match=next(iter(options))):
                await local.serve(listener, echo, **options)

    world.run(main)
