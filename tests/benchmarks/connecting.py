"""Connecting, accepting and closing both ends in one process: the overhead of the libraries."""

from __future__ import annotations

import multiprocessing.connection
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any

from interprocess.local_socket import connect, listen
from tests.benchmarks import payload, placement
from tests.benchmarks.model import OURS, Case, Contest, Plan
from tests.benchmarks.processes import Tell, address, alone

MEASURE = "connecting"
#: Connections in a turn.
COUNT = 5000
MESSAGE = b"message"


@dataclass(frozen=True)
class Connector:
    """A library, with a listener that is open: how to connect to it, and how to accept."""

    connect: Callable[[], Any]
    accept: Callable[[], Any]
    send: Callable[[Any, bytes], object]
    receive: Callable[[Any], bytes]
    close: Callable[[], object]


def contests(plan: Plan) -> list[Contest]:
    """Return the only contest."""
    where = placement.one_core()
    case = Case(MEASURE, "connect, accept, close", where.name, "s each")
    contestants = {
        name: partial(_turn, name, case, plan.count(COUNT), where) for name in CONNECTORS
    }
    return [Contest(MEASURE, [case], {**contestants})]


def _turn(name: str, case: Case, count: int, where: placement.Placement) -> dict[Case, float]:
    with address() as path:
        arguments = {"name": name, "address": path, "count": count}
        return {case: alone(f"{__name__}:measure", arguments, where.server)}


def measure(arguments: Mapping[str, Any], tell: Tell) -> float:
    """Return the seconds of processor time for one connection."""
    connector = CONNECTORS[arguments["name"]](arguments["address"])
    _check(connector)
    _connect(connector, payload.WARM_UP)
    count = arguments["count"]
    began = process_time()
    _connect(connector, count)
    took = process_time() - began
    _check(connector)
    connector.close()
    return float(took / count)


def _connect(connector: Connector, count: int) -> None:
    connect, accept = connector.connect, connector.accept
    for _ in range(count):
        client = connect()
        server = accept()
        client.close()
        server.close()


def _check(connector: Connector) -> None:
    """Check that the connected end and the accepted end belong together."""
    client, server = connector.connect(), connector.accept()
    for one, other in ((client, server), (server, client)):
        connector.send(one, MESSAGE)
        payload.check(connector.receive(other), MESSAGE)
    client.close()
    server.close()


def _ours(path: str) -> Connector:
    listener = listen(path)
    return Connector(
        connect=lambda: connect(path),
        accept=listener.accept,
        send=lambda stream, data: stream.send_all(data),
        receive=lambda stream: stream.recv_exactly(len(MESSAGE)),
        close=listener.close,
    )


def _sockets(path: str) -> Connector:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def connect_socket() -> socket.socket:
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(path)
        return connected

    return Connector(
        connect=connect_socket,
        accept=lambda: listener.accept()[0],
        send=lambda connected, data: connected.sendall(data),
        receive=lambda connected: connected.recv(len(MESSAGE)),
        close=listener.close,
    )


def _multiprocessing(path: str) -> Connector:
    listener = multiprocessing.connection.Listener(path)
    return Connector(
        connect=lambda: multiprocessing.connection.Client(path),
        accept=listener.accept,
        send=lambda connected, data: connected.send_bytes(data),
        receive=lambda connected: connected.recv_bytes(),
        close=listener.close,
    )


CONNECTORS = {OURS: _ours, "socket": _sockets, "multiprocessing": _multiprocessing}
