"""Framings of well-known programs, each in a few lines on top of streams of messages."""

from __future__ import annotations

import json
import re
import struct
import sys
from typing import Any

import pytest

from interprocess.local_socket import connect, pair
from interprocess.messages import (
    Delimiter,
    Framing,
    FramingError,
    LengthPrefix,
    MessageStream,
    MessageTooLongError,
)
from tests.support import Running


def test_json_lines() -> None:
    first, second = pair()
    with MessageStream(first, Delimiter(b"\n")) as sender:
        with MessageStream(second, Delimiter(b"\n")) as receiver:
            values = [{"method": "sum", "params": [1, 2]}, "a\nb", None]
            sender.send_many(json.dumps(value).encode() for value in values)
            assert [json.loads(receiver.recv() or b"") for _ in values] == values


class HeaderFraming(Framing):
    """The Language Server Protocol's: headers, of which `Content-Length` counts, and a body."""

    def encode(self, message: Any, /) -> bytes:
        return b"Content-Length: %d\r\n\r\n%s" % (len(message), message)

    def measure(self, data: bytearray, start: int, seen: int, /) -> tuple[int, int, int] | None:
        end = data.find(b"\r\n\r\n", max(start, seen - 3))
        if end < 0:
            return None
        length = re.search(
            rb"(?i)^content-length: *(\d{1,18})\r?$", data[start : end + 2], re.MULTILINE
        )
        if not length:
            raise FramingError("headers without Content-Length", bytes(data[start:end]))
        return end + 4, end + 4 + int(length[1]), end + 4 + int(length[1])


def test_headers() -> None:
    first, second = pair()
    framing = HeaderFraming(max_size=1000)
    with MessageStream(first, framing) as client, MessageStream(second, framing) as server:
        client.send(b"{}")
        assert server.recv() == b"{}"
        server.stream.set_recv_timeout(0)
        for byte in b"Content-Type: text/json\r\nContent-Length: 7\r\n\r\n[1,2,3":
            client.stream.send_all(bytes([byte]))
            with pytest.raises(TimeoutError):
                server.recv()
        client.stream.send_all(b"]Content-Length: 1000000\r\n\r\n")
        assert server.recv() == b"[1,2,3]"
        with pytest.raises(MessageTooLongError):
            server.recv()


def test_headers_that_do_not_end() -> None:
    first, second = pair()
    framing = HeaderFraming(max_size=1000)
    with MessageStream(first, framing) as client, MessageStream(second, framing) as server:
        client.stream.send_all(b"Content-Type: " + b"x" * 10_000)
        with pytest.raises(MessageTooLongError):
            server.recv()


def test_headers_without_a_length() -> None:
    first, second = pair()
    framing = HeaderFraming(max_size=1000)
    with MessageStream(first, framing) as client, MessageStream(second, framing) as server:
        client.stream.send_all(b"Host: example\r\n\r\n")
        with pytest.raises(FramingError, match="Host: example"):
            server.recv()


class DiscordFraming(Framing):
    """Discord's: an operation and a length, little-endian, and JSON. The message is all of it."""

    def encode(self, message: Any, /) -> bytes:
        return bytes(message)

    def measure(self, data: bytearray, start: int, _seen: int, /) -> tuple[int, int, int] | None:
        if len(data) < start + 8:
            return None
        end = start + 8 + struct.unpack_from("<I", data, start + 4)[0]
        return start, end, end


def to_discord(operation: int, value: object) -> bytes:
    payload = json.dumps(value).encode()
    return struct.pack("<II", operation, len(payload)) + payload


def from_discord(message: bytes | None) -> tuple[int, Any]:
    assert message is not None
    return struct.unpack_from("<I", message)[0], json.loads(message[8:])


def test_discord() -> None:
    first, second = pair()
    framing = DiscordFraming(max_size=1 << 16)
    with MessageStream(first, framing) as client, MessageStream(second, framing) as server:
        client.send(to_discord(0, {"v": 1, "client_id": "1"}))
        client.send(to_discord(1, {"cmd": "SUBSCRIBE"}))
        assert from_discord(server.recv()) == (0, {"v": 1, "client_id": "1"})
        assert from_discord(server.recv()) == (1, {"cmd": "SUBSCRIBE"})
        server.send(to_discord(2, {"code": 4000}))
        assert from_discord(client.recv()) == (2, {"code": 4000})
        client.stream.send_all(struct.pack("<II", 1, 1 << 31))
        with pytest.raises(MessageTooLongError):
            server.recv()


@pytest.mark.skipif(sys.platform == "win32", reason="mypy uses pipes in message mode here")
def test_the_daemon_of_mypy() -> None:
    ipc = pytest.importorskip("mypy.ipc")
    if not hasattr(ipc, "HEADER_SIZE"):
        pytest.skip("this mypy has another framing")
    server = ipc.IPCServer("interprocess-test")

    def serve() -> str:
        with server:
            question: str = server.read()
            server.write(question * 2)
        server.sock.close()
        server.cleanup()
        return question

    serving = Running(serve)
    with MessageStream(connect(server.connection_name), LengthPrefix()) as client:
        client.send(b'{"command": "status"}')
        assert client.recv() == b'{"command": "status"}' * 2
    assert serving.result() == '{"command": "status"}'
