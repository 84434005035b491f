"""The two ends of a connection are found in a trace, and the bytes that pass between them."""

from __future__ import annotations

import sys

import interprocess
from interprocess.trace import Call, trace
from interprocess.trace._connections import Connections
from tests.support import Running, unique


def data_of(call: Call) -> bytes:
    """Return the beginning of the data that a call has sent, or received in the end."""
    found = call.arguments.get("operation", call.arguments)
    name = "lpBuffer" if sys.platform == "win32" else "buffer"
    octets: bytes = found[name].beginning if name in found else b""
    return octets


def test_two_ends_of_two_connections() -> None:
    name = unique()
    with trace() as calls, interprocess.listen(name) as listener:

        def serve() -> None:
            for _ in range(2):
                with listener.accept() as stream:
                    while data := stream.recv(100):
                        stream.send_all(data.upper())

        server = Running(serve)
        for question in (b"one", b"two"):
            with interprocess.connect(name) as client:
                client.send_all(question)
                assert client.recv_exactly(3) == question.upper()
        server.result()
    shown = [*calls]
    found = Connections(shown)
    pairs = [(shown[one], shown[other]) for one, other in found.flows]
    assert all(one.thread != other.thread for one, other in pairs)
    transfers = [pair for pair in pairs if pair[0].function in ("send", "WriteFile")]
    assert sorted(data_of(one) for one, _ in transfers) == [b"ONE", b"TWO", b"one", b"two"]
    assert all(data_of(one) == data_of(other) for one, other in transfers)
    # And who connected belongs to who accepted.
    assert len(pairs) == 6
    assert len({found.of[one].number for one, _ in found.flows}) == 2
    assert {each.name for each in found.connections} & {name, f'@"{name}"', rf"\\.\pipe\{name}"}


def test_what_is_received_in_parts() -> None:
    sender, receiver = interprocess.pipe()
    with trace() as calls:
        pass
    with sender, receiver, trace() as calls:
        sender.send_all(b"abc")
    assert Connections([*calls]).flows == []
    with trace() as calls:
        sender, receiver = interprocess.pipe()
        with sender, receiver:
            sender.send_all(b"abcd")
            sender.send_all(b"ef")
            assert [receiver.recv(3), receiver.recv(3)] == [b"abc", b"def"]
    shown = [*calls]
    flows = [(data_of(shown[one]), data_of(shown[two])) for one, two in Connections(shown).flows]
    assert [flow for flow in flows if flow[0]][-3:] == [
        (b"abcd", b"abc"),
        (b"abcd", b"def"),
        (b"ef", b"def"),
    ]
