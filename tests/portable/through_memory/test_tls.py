"""TLS over a connection through memory."""

from __future__ import annotations

import time
from typing import Any

import pytest

pytest.importorskip("ssl", reason="this Python was built without TLS")

from interprocess import local_socket as plain
from interprocess import wait
from interprocess.local_socket import wrap_tls
from interprocess.shared_memory.local_socket import pair
from tests.portable.tls import HOST, client_context, server_context
from tests.support import PATIENCE, Running


def relay(source: Any, target: Any) -> None:
    """Relay bytes; those of a small record one after the other."""
    while data := source.recv(1 << 16):
        if len(data) > 64:
            target.send_all(data)
        else:
            for byte in data:
                target.send_all(bytes([byte]))
                time.sleep(0.001)


def test_waiting_for_a_record_that_comes_in_parts() -> None:
    client, between = plain.pair()
    other, server = pair()
    with client, between, other, server:
        relays = [Running(lambda: relay(between, other)), Running(lambda: relay(other, between))]
        accepting = Running(lambda: wrap_tls(server, server_context(), server_side=True))
        with wrap_tls(client, client_context(), server_hostname=HOST) as secured:
            with accepting.result() as served:
                for _ in range(3):
                    waiting = Running(lambda: wait([served], PATIENCE / 2))
                    secured.send_all(b"x")
                    assert waiting.result() == [served]
                    assert served.recv(10) == b"x"
        for each in relays:
            each.join()
