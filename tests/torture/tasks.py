"""Tasks are cancelled at every moment, and streams closed under them: nothing is lost or mixed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from interprocess.local_socket import Name, Stream, connect, pair
from interprocess.unnamed_pipe import pipe
from tests.portable.asynchronous.worlds import World, warm_up
from tests.torture.rounds import PATIENCE, Round, Scenario, join_all, start_all
from tests.torture.runtimes import worlds

#: The data to send: a lost or repeated byte shows.
_DATA = Random(0).randbytes(1 << 20)


def _running(scenario: Callable[[Round, World], Awaitable[None]]) -> Callable[[Round], None]:
    def run(one: Round) -> None:
        world = one.random.choice(worlds())
        world.run(lambda: scenario(one, world))

    return run


async def _a_while(world: World, random: Random) -> None:
    """Let others run, some random number of times."""
    for _ in range(random.choice([0, 0, 1, 2, 5])):
        await world.step()


async def cancelled_receives(one: Round, world: World) -> None:
    """Whatever receives were cancelled, the next ones go on where they were."""
    random = one.random
    ours, theirs = pair() if random.random() < 0.7 else pipe()[::-1]
    kind = world.local.Stream if isinstance(ours, Stream) else world.pipes.Recver
    data = _DATA[: random.randrange(20_000)]
    thread = start_all([lambda: _send_in_pieces(theirs, data, Random(random.random()))])
    arrived = b""
    async with kind.from_sync(ours) as receiving:
        while True:
            size = random.choice([1, 100, 5000])
            task = world.start(random.choice([receiving.recv, receiving.recv_exactly]), size)
            await _a_while(world, random)
            try:
                came = await (task.cancel() if random.random() < 0.7 else task.result())
            except EOFError as error:
                came = error.partial  # type: ignore[attr-defined]  # IncompleteReadError
                arrived += came
                break
            one.tried()
            if came is not None:
                arrived += came
                if not came:
                    break
    join_all(thread)
    if arrived != data:
        one.fail(f"{world.name}: {len(arrived)} bytes arrived of {len(data)}, or others")


def _send_in_pieces(sending: Any, data: bytes, random: Random) -> None:
    with sending:
        while data:
            size = random.choice([1, 100, 5000])
            sending.send_all(data[:size])
            data = data[size:]


async def cancelled_sends(one: Round, world: World) -> None:
    """A message that was cancelled is there whole, or not at all, or nothing comes after it."""
    random = one.random
    ours, theirs = pair()
    pieces: list[bytes] = []
    pace = Random(random.random())
    thread = start_all([lambda: _receive_in_pieces(theirs, pieces, pace)])
    whole: list[bytes] = []
    async with world.local.Stream.from_sync(ours) as sending:
        for number in range(30):
            message = bytes([number]) * random.choice([10, 1000, 300_000])
            task = world.start(sending.send_all, message)
            await _a_while(world, random)
            try:
                if random.random() < 0.5:
                    await task.cancel()
                else:
                    await task.result()
                    whole.append(message)
            except BrokenPipeError:
                break  # One before it was cut short.
            one.tried()
    join_all(thread)
    _check_messages(one, world, b"".join(pieces), whole)


def _check_messages(one: Round, world: World, arrived: bytes, whole: list[bytes]) -> None:
    runs: list[bytes] = []
    while arrived:
        length = len(arrived) - len(arrived.lstrip(arrived[:1]))
        runs.append(arrived[:length])
        arrived = arrived[length:]
    if [run for run in runs if run in whole] != whole:
        one.fail(f"{world.name}: a message that was sent did not arrive as it was")
    if any(len(run) not in (10, 1000, 300_000) for run in runs[:-1]):
        one.fail(f"{world.name}: after part of a message came another one")


def _receive_in_pieces(receiving: Stream, pieces: list[bytes], random: Random) -> None:
    with receiving:
        while data := receiving.recv(random.choice([100, 50_000])):
            pieces.append(data)


async def cancelled_accepts(one: Round, world: World) -> None:
    """Every client is accepted once, whatever calls were cancelled."""
    random = one.random
    name = Name.unique("tasks")
    async with world.local.listen(name) as listener:
        thread = start_all([lambda: _expect_bytes(name, 10)])
        served = 0
        while served < 10:
            task = world.start(listener.accept)
            await _a_while(world, random)
            came = await (task.cancel() if random.random() < 0.7 else task.result())
            one.tried()
            if came is not None:
                async with came:
                    await came.send_all(b"x")
                served += 1
        join_all(thread)


def _expect_bytes(name: Name, clients: int) -> None:
    for _ in range(clients):
        with connect(name, timeout=PATIENCE) as client:
            client.set_recv_timeout(PATIENCE)
            assert client.recv(1) == b"x", "a client was accepted and dropped"


async def closed_in_use(one: Round, world: World) -> None:
    """Tasks that use what another closes end with an error, and no stranger notices."""
    random = one.random
    for _ in range(5):
        first, second = world.local.pair()
        sender, unread = world.pipes.pipe()
        silent, recver = world.pipes.pipe()
        listener = world.local.listen(Name.unique("tasks"))
        calls: list[tuple[Any, Callable[[], Awaitable[Any]]]] = [
            (first, lambda: first.recv(1)),  # noqa: B023  # all is over before the next turn
            (first, lambda: first.send_all(bytes(1 << 22))),  # noqa: B023
            (recver, lambda: recver.recv(1)),  # noqa: B023
            (sender, lambda: sender.send_all(bytes(1 << 22))),  # noqa: B023
            (listener, lambda: listener.accept()),  # noqa: B023
        ]
        tasks = [(owner, world.start(call)) for owner, call in calls]
        await _a_while(world, random)
        random.shuffle(tasks)
        for owner, task in tasks:
            owner.close()
            one.strangers.add(random)
            owner.close()
            try:
                came = await task.result()
            except (ValueError, OSError):
                pass
            except Exception as error:  # The runtime's error for a closed object.
                if "Closed" not in type(error).__name__ and "Broken" not in type(error).__name__:
                    raise
            else:
                one.fail(f"{world.name}: a call on {owner!r}, closed, returned {came!r}")
            one.tried()
        for peer in (second, unread, silent):
            peer.close()
        one.strangers.check_oldest(0)


async def handed_on(one: Round, world: World) -> None:
    """Streams go from one face to the other, with tasks cancelled before, and numbers given up."""
    random = one.random
    first, second = world.local.pair()
    for turn in range(20):
        task = world.start(first.recv, 1)
        await _a_while(world, random)
        assert await task.cancel() is None
        if random.random() < 0.5:
            first = world.local.Stream.from_sync(first.to_sync())
        else:
            first = world.local.Stream(first.detach())
        one.strangers.add(random)
        await second.send_all(bytes([turn]))
        assert await first.recv(1) == bytes([turn])
        one.tried()
    for end in (first, second, first):
        end.close()


def _scenario(scenario: Callable[[Round, World], Awaitable[None]], tries: str) -> Scenario:
    name = scenario.__name__.replace("_", "-")
    return Scenario(name, tries, _running(scenario), prepare=warm_up)


SCENARIOS = [
    _scenario(cancelled_receives, "receives, most of them cancelled"),
    _scenario(cancelled_sends, "sends, half of them cancelled"),
    _scenario(cancelled_accepts, "accepts, most of them cancelled"),
    _scenario(closed_in_use, "calls on what is closed"),
    _scenario(handed_on, "streams handed on"),
]
