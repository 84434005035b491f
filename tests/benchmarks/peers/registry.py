"""The peers by name. One is imported only in the process that measures it."""

from __future__ import annotations

import importlib
import sys

from tests.benchmarks.model import OURS
from tests.benchmarks.peers.interface import Peer

POLLING = f"{OURS}, polling"
ONE_BY_ONE = f"{OURS}, one by one"
MEMORY = f"{OURS}, memory"
MEMORY_POLLING = f"{OURS}, memory, polling"
MEMORY_VIEWS = f"{OURS}, memory, views"

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
if sys.platform == "linux":
    PEERS[MEMORY] = f"{_PEERS}.ours:MemoryInterprocess"
#: Those that look at the bytes of a stream where they are.
VIEW_PEERS = {MEMORY_VIEWS: f"{_PEERS}.ours:MemoryViewInterprocess"}
#: Those that poll where there are two cores.
POLLING_PEERS = {POLLING: f"{_PEERS}.ours:PollingInterprocess"}
if sys.platform == "linux":
    POLLING_PEERS[MEMORY_POLLING] = f"{_PEERS}.ours:PollingMemoryInterprocess"
    POLLING_PEERS["iceoryx2"] = f"{_PEERS}.iceoryx:Iceoryx2"
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
if sys.platform == "linux":
    MESSAGE_PEERS[MEMORY] = f"{_PEERS}.ours:MemoryMessageInterprocess"


def load(where: str) -> Peer:
    """Return the peer at "module:class"."""
    module, _, name = where.partition(":")
    peer: Peer = getattr(importlib.import_module(module), name)()
    return peer
