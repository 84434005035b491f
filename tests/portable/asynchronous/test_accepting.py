"""How asynchronous listeners handle errors of `accept` when they are iterated or served."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from interprocess._interface import accepting
from interprocess.local_socket import Name
from tests.portable.asynchronous.worlds import World

SHORTAGES = [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM]
DEPARTURES = [errno.ECONNABORTED, errno.ECONNRESET, errno.EPIPE, errno.EPROTO]

Failing = Callable[..., None]


@pytest.fixture
def failing(world: World, monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Return what has the system's `accept` raise errors, one after the other, and then accept."""
    # What trio adds calls the platform's listener.
    owner = next(
        kind
        for kind in world.local.Listener.__mro__
        if "accept" in vars(kind) and "._runtimes." not in kind.__module__
    )
    accept = owner.accept

    def fail(*errors: OSError) -> None:
        left = list(errors)

        async def accept_later(self: Any) -> Any:
            if left and not self.closed:
                raise left.pop(0)
            return await accept(self)

        monkeypatch.setattr(owner, "accept", accept_later)

    return fail


@pytest.mark.parametrize("number", SHORTAGES)
def test_a_shortage_is_waited_out(
    world: World, name: Name, number: int, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "PAUSE", 0.01)

    async def main() -> None:
        async with world.local.listen(name) as listener:
            failing(*[OSError(number, "none left") for _ in range(3)])
            async with await world.local.connect(name) as client:
                with pytest.warns(RuntimeWarning, match="none left") as caught:
                    stream = await listener.__anext__()
                assert [warning.filename for warning in caught] == [__file__]
                async with stream:
                    await client.send_all(b"x")
                    assert await stream.recv(1) == b"x"

    world.run(main)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_other_tasks_run_during_a_pause(world: World, name: Name, failing: Failing) -> None:
    async def main() -> None:
        async with world.local.listen(name) as listener:
            failing(*[OSError(errno.EMFILE, "none left") for _ in range(10_000)])

            async def iterate() -> list[Any]:
                return [stream async for stream in listener]

            iterating = world.start(iterate)
            await world.settle()
            listener.close()
            assert await iterating.result() == []

    world.run(main)


def test_clients_that_have_left_are_passed_over(world: World, name: Name, failing: Failing) -> None:
    async def main() -> None:
        async with world.local.listen(name) as listener:
            for number in DEPARTURES:
                failing(OSError(number, "gone"), OSError(number, "gone"))
                async with await world.local.connect(name):
                    async for stream in listener.incoming():
                        await stream.aclose()
                        break

    world.run(main)


def test_other_errors_end_the_loop(world: World, name: Name, failing: Failing) -> None:
    async def main() -> None:
        async with world.local.listen(name) as listener:
            failing(OSError(errno.EINVAL, "broken"))
            with pytest.raises(OSError, match="broken"):
                await listener.__anext__()

    world.run(main)


def test_accept_raises(world: World, name: Name, failing: Failing) -> None:
    async def main() -> None:
        async with world.local.listen(name) as listener:
            for number in SHORTAGES:
                failing(OSError(number, "raised"))
                with pytest.raises(OSError, match="raised"):
                    await listener.accept()

    world.run(main)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("numbers", [SHORTAGES, DEPARTURES], ids=["shortages", "departures"])
@pytest.mark.parametrize("backend", ["trio.serve_listeners", "anyio"])
def test_serving_of_others_goes_on(
    world: World,
    name: Name,
    numbers: list[int],
    backend: str,
    failing: Failing,
) -> None:
    anyio = pytest.importorskip("anyio")
    if (backend == "trio.serve_listeners") != (world.name == "trio"):
        pytest.skip("not of this runtime")

    async def greet(stream: Any) -> None:
        async with stream:
            await (stream.send if backend == "anyio" else stream.send_all)(b"hello")

    async def main() -> None:
        failing(*[OSError(number, "trouble") for number in numbers])
        if backend == "anyio":
            for_anyio = importlib.import_module(f"{world.local.__package__}.anyio")
            async with for_anyio.listen(name) as listener, anyio.create_task_group() as group:
                group.start_soon(listener.serve, greet)
                await greeted()
                group.cancel_scope.cancel()
        else:
            import trio

            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.serve_listeners, greet, [world.local.listen(name)])
                await greeted()
                nursery.cancel_scope.cancel()

    async def greeted() -> None:
        async with await world.local.connect(name) as client:
            assert await client.recv_exactly(5) == b"hello"

    world.run(main)
