"""The peers by name. One is imported only in the process that measures it."""

from __future__ import annotations

import importlib
import sys

from tests.benchmarks.model import OURS
from tests.benchmarks.peers.interface import Peer
from tests.benchmarks.placement import Placement

POLLING = f"{OURS}, polling"
ONE_BY_ONE = f"{OURS}, one by one"
MEMORY = f"{OURS}, memory"
MEMORY_POLLING = f"{OURS}, memory, polling"
MEMORY_VIEWS = f"{OURS}, memory, views"
MEMORY_SLEEPING = f"{OURS}, memory, not polling"

_PEERS = "tests.benchmarks.peers"
#: Those for two processes.
PEERS = {
    OURS: f"{_PEERS}.ours:Interprocess",
    "socket": f"{_PEERS}.sockets:Sockets",
    "multiprocessing": f"{_PEERS}.standard_connection:MultiprocessingConnection",
    "pyzmq": f"{_PEERS}.zeromq:ZeroMQ",
    "pynng": f"{_PEERS}.nng:Nng",
}
if sys.platform == "win32":
    del PEERS["socket"]
    PEERS["pywin32"] = f"{_PEERS}.pywin32:PyWin32"
#: More of them for round trips; those that poll do so where there are two cores.
ROUND_TRIP_PEERS = {**PEERS, POLLING: f"{_PEERS}.ours:PollingInterprocess"}
#: More of them for streams of bytes.
STREAM_PEERS = dict(PEERS)
#: Those read through a buffered file.
BUFFERED_PEERS = {
    OURS: f"{_PEERS}.ours:BufferedInterprocess",
    "socket": f"{_PEERS}.sockets:BufferedSockets",
}
#: Those that keep messages apart. All but ours send one message with each call.
MESSAGE_PEERS = {
    OURS: f"{_PEERS}.ours:MessageInterprocess",
    ONE_BY_ONE: f"{_PEERS}.ours:OneByOneInterprocess",
    **{name: PEERS[name] for name in ("multiprocessing", "pyzmq", "pynng")},
}
#: Those of round trips that poll for as long as they wait: they need a core for each process.
SPINNING_PEERS: dict[str, str] = {}

# Those that use shared memory.
if sys.platform == "linux":
    ROUND_TRIP_PEERS[MEMORY] = f"{_PEERS}.ours:MemoryInterprocess"
    ROUND_TRIP_PEERS[MEMORY_POLLING] = f"{_PEERS}.ours:PollingMemoryInterprocess"
    ROUND_TRIP_PEERS[MEMORY_SLEEPING] = f"{_PEERS}.ours:SleepingMemoryInterprocess"
    ROUND_TRIP_PEERS["faster-fifo"] = f"{_PEERS}.fifo:FasterFifo"
    STREAM_PEERS[MEMORY] = f"{_PEERS}.ours:MemoryInterprocess"
    STREAM_PEERS[MEMORY_VIEWS] = f"{_PEERS}.ours:MemoryViewInterprocess"
    STREAM_PEERS["shared_memory, faster-fifo"] = f"{_PEERS}.fifo:SharedMemoryAndFifo"
    MESSAGE_PEERS[MEMORY] = f"{_PEERS}.ours:MemoryMessageInterprocess"
    MESSAGE_PEERS["faster-fifo"] = f"{_PEERS}.fifo:FasterFifo"
    SPINNING_PEERS["iceoryx2"] = f"{_PEERS}.iceoryx:Iceoryx2"


def round_trip_peers(where: Placement) -> dict[str, str]:
    """Return all those of round trips, for processes that run there."""
    return {**ROUND_TRIP_PEERS, **(SPINNING_PEERS if where.has_a_core_for_each else {})}


def load(where: str) -> Peer:
    """Return the peer at "module:class"."""
    module, _, name = where.partition(":")
    peer: Peer = getattr(importlib.import_module(module), name)()
    return peer
