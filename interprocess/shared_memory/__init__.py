"""Anonymous memory that several processes map. Each process sees the others' writes.

    from interprocess.shared_memory import Memory, send_memory

    with Memory(1_000_000) as memory:
        memory.map()[:5] = b"hello"
        send_memory(stream, memory)

and in the process at the other end of the stream:

    with recv_memory(stream, min_size=5) as memory:
        print(bytes(memory.map(read_only=True)[:5]))

Memory has no name and needs no tracker: it exists as long as a process holds it, and nothing
remains when the last of these processes ends, even if that process is killed. A process can pass it
over a stream (`send_memory`, `interprocess.local_socket.send_object`), to a child
(`interprocess.share_with_child`, then `Memory.adopt` in the child), through `multiprocessing`, and
by fork.
"""

from __future__ import annotations

from interprocess.shared_memory._passing import recv_memory, send_memory
from interprocess.shared_memory._platform import Memory

__all__ = ["Memory", "recv_memory", "send_memory"]
