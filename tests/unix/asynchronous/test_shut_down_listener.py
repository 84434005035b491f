"""After a listener was shut down, accepting fails without using the processor."""

from __future__ import annotations

import os
import socket
import time

import pytest

from interprocess.local_socket import Name
from tests.portable.asynchronous.worlds import World


@pytest.mark.skipif(
    not os.path.exists("/proc/self"), reason="a listener cannot be shut down elsewhere"
)
def test_accepting_from_a_listener_that_was_shut_down(world: World, name: Name) -> None:
    async def main() -> None:
        async with world.local.listen(name) as listener:
            accepting = world.start(listener.accept)
            await world.settle()
            with socket.socket(fileno=os.dup(listener.fileno())) as other:
                other.shutdown(socket.SHUT_RDWR)
            with pytest.raises(OSError, match="shut down"):
                await accepting.result()

    begun = time.process_time()
    world.run(main)
    assert time.process_time() - begun < 5
