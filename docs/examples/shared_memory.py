"""Two processes that share memory: one fills it with numbers, the other adds them up.

    python docs/examples/shared_memory.py

The memory is handed over once, and the numbers are never sent. A byte on the stream says that it is
the other's turn.
"""

from __future__ import annotations

import os
import subprocess
import sys

from interprocess.local_socket import connect, listen
from interprocess.shared_memory import Memory, recv_memory, send_memory

#: How many numbers there are, of eight bytes each. The last place is for their sum.
COUNT = 10_000
SIZE = 8 * (COUNT + 1)


def fill_and_share() -> None:
    """Share numbers with a child process, and print the sum that it leaves beside them."""
    name = f"shared-memory-{os.getpid()}"
    with listen(name) as listener, Memory(SIZE) as memory, memory.map() as view:
        with view[:SIZE].cast("Q") as numbers:
            for index in range(COUNT):
                numbers[index] = index + 1
            child = subprocess.Popen([sys.executable, __file__, name])
            with listener.accept(timeout=30) as stream:
                send_memory(stream, memory)
                stream.recv_exactly(1)
            print(f"the sum is {numbers[COUNT]:,}")
        child.wait()


def add_up(name: str) -> None:
    """Add up the numbers that the parent process shares."""
    # At least as much memory as is used here, and memory that can be written: no peer is believed.
    with connect(name) as stream, recv_memory(stream, min_size=SIZE, writable=True) as memory:
        with memory.map() as view, view[:SIZE].cast("Q") as numbers:
            numbers[COUNT] = sum(numbers[:COUNT])
        stream.send_all(b"!")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        add_up(sys.argv[1])
    else:
        fill_and_share()
