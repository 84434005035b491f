"""A descriptor that travels over D-Bus, as its specification has it, through the real daemon."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interprocess.local_socket import Stream, connect
from interprocess.unnamed_pipe import Sender, pipe
from tests.support import PATIENCE, socket_directory, unique

CONFIGURATION = """<busconfig>
  <type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>
  </policy>
</busconfig>"""

EXAMPLE = "org.example.Passing"
PATH, INTERFACE, MEMBER, DESTINATION, SIGNATURE, UNIX_FDS = 1, 2, 3, 6, 8, 9


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("dbus-daemon is not installed")
    path = os.path.join(socket_directory(), unique("dbus"))
    configuration = tmp_path / "bus.conf"
    configuration.write_text(CONFIGURATION.format(path=path))
    command = [program, f"--config-file={configuration}", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                pytest.skip("dbus-daemon does not start here")
            yield path
        finally:
            process.terminate()
            process.wait(PATIENCE)
            if os.path.exists(path):
                os.unlink(path)


def padded(data: bytes, to: int = 8) -> bytes:
    return data + bytes(-len(data) % to)


def field(code: int, value: str | int) -> bytes:
    kinds = {PATH: b"o", SIGNATURE: b"g", UNIX_FDS: b"u"}
    head = bytes((code, 1)) + kinds.get(code, b"s") + b"\0"
    if isinstance(value, int):
        return head + struct.pack("<I", value)
    text = value.encode() + b"\0"
    length = len(text) - 1
    size = bytes((length,)) if code == SIGNATURE else struct.pack("<I", length)
    return head + size + text


def call(serial: int, fields: dict[int, str | int], body: bytes = b"") -> bytes:
    array = b""
    for code, value in fields.items():
        array = padded(array) + field(code, value)
    head = struct.pack("<4BIII", ord("l"), 1, 0, 1, len(body), serial, len(array))
    return head + padded(array) + body


def receive(stream: Stream) -> tuple[bytes, list[int]]:
    """Return the rest of a message after its lengths, and its descriptors."""
    head, fds = stream.recv_fds(16, 1)
    if len(head) < 16:
        head += stream.recv_exactly(16 - len(head))
    body, fields = struct.unpack_from("<I", head, 4)[0], struct.unpack_from("<I", head, 12)[0]
    return stream.recv_exactly(len(padded(bytes(fields))) + body), fds


def log_in(stream: Stream) -> str:
    """Authenticate, agree on descriptors, and return the name that the bus gives."""
    uid = str(os.getuid()).encode().hex().encode()
    stream.send_all(b"\0AUTH EXTERNAL " + uid + b"\r\nNEGOTIATE_UNIX_FD\r\n")
    answer = b""
    while not answer.endswith(b"AGREE_UNIX_FD\r\n"):
        answer += stream.recv(100)
    assert answer.startswith(b"OK ")
    bus = "org.freedesktop.DBus"
    hello = {PATH: "/org/freedesktop/DBus", INTERFACE: bus, MEMBER: "Hello", DESTINATION: bus}
    stream.send_all(b"BEGIN\r\n" + call(1, {**hello}))
    answer, _ = receive(stream)
    return answer[answer.rindex(b":") :].rstrip(b"\0").decode()


def take_call(name: str) -> bytes:
    """Return a call of the method `Take` of NAME, with the first descriptor of the message."""
    fields: dict[int, str | int] = {
        PATH: "/example",
        INTERFACE: EXAMPLE,
        MEMBER: "Take",
        DESTINATION: name,
        SIGNATURE: "h",
        UNIX_FDS: 1,
    }
    return call(2, fields, struct.pack("<I", 0))


def next_call(stream: Stream) -> tuple[bytes, list[int]]:
    """Return the next message that is about passing, and its descriptors."""
    while True:
        rest, fds = receive(stream)
        if EXAMPLE.encode() in rest:
            return rest, fds
        assert not fds


def test_a_method_that_passes_a_descriptor(bus: str) -> None:
    with connect(bus, timeout=PATIENCE) as one, connect(bus, timeout=PATIENCE) as other:
        for stream in (one, other):
            stream.set_recv_timeout(PATIENCE)
        log_in(one)
        message = take_call(log_in(other))
        sender, recver = pipe()
        with recver:
            with sender:
                assert one.send_fds(message, [sender]) == len(message)
            _, fds = next_call(other)
            with Sender(fds[0]) as received:
                received.send_all(b"through the bus")
            assert recver.recv_exactly(15) == b"through the bus"
            assert recver.recv(1) == b""


def test_descriptors_travel_to_and_from_jeepney(bus: str) -> None:
    jeepney: Any = pytest.importorskip("jeepney")
    blocking: Any = pytest.importorskip("jeepney.io.blocking")
    with (
        blocking.open_dbus_connection(f"unix:path={bus}", enable_fds=True) as theirs,
        connect(bus, timeout=PATIENCE) as ours,
    ):
        ours.set_recv_timeout(PATIENCE)
        name = log_in(ours)

        # From jeepney.
        sender, recver = pipe()
        with recver:
            address = jeepney.DBusAddress("/example", name, EXAMPLE)
            with sender:
                theirs.send(jeepney.new_method_call(address, "Take", "h", (sender,)))
            _, [number] = next_call(ours)
            assert not os.get_inheritable(number)
            with Sender(number) as received:
                received.send_all(b"through the bus")
            assert recver.recv_exactly(15) == b"through the bus"
            assert recver.recv(1) == b""

        # To jeepney.
        sender, recver = pipe()
        with sender:
            with recver:
                assert ours.send_fds(take_call(theirs.unique_name), [recver])
            while True:
                message = theirs.receive(timeout=PATIENCE)
                if message.header.fields.get(jeepney.HeaderFields.member) == "Take":
                    break
            (descriptor,) = message.body
            sender.send_all(b"and back")
            with descriptor.to_file("rb", buffering=0) as file:
                assert file.read(8) == b"and back"
