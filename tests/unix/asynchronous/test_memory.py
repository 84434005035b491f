"""Receiving takes memory for what has arrived, in however many pieces it came."""

from __future__ import annotations

import pytest

from tests.portable.asynchronous.worlds import RUNTIMES
from tests.support import finish, python

PROGRAM = """
import resource, sys
from tests.portable.asynchronous.worlds import new_world

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

world = new_world(sys.argv[1])
world.debug = False

async def main():
    first, second = world.local.pair()
    receiving = world.start(second.recv_exactly, 1 << 26)
    await world.settle()
    before = used()
    for _ in range(20_000):
        await first.send_all(b"x")
        for _ in range(3):
            await world.step()
    grown = used() - before
    await receiving.cancel()
    assert len(await second.recv(1 << 20)) == 20_000
    first.close()
    second.close()
    return grown

print(world.run(main) if sys.platform != "darwin" else world.run(main) // 1024)
"""


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_pieces(runtime: str) -> None:
    if runtime != "asyncio":
        pytest.importorskip(runtime)
    with python(PROGRAM, runtime) as process:
        assert int(finish(process)) < 10_000
