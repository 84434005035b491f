"""Fixtures of the tests for Unix, synchronous and asynchronous."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from interprocess.local_socket import Name


@pytest.fixture
def full(name: Name) -> Iterator[socket.socket]:
    """A foreign listener with a full backlog."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name.address)
        listener.listen(0)
        fillers = []
        try:
            while True:
                filler = socket.socket(socket.AF_UNIX)
                fillers.append(filler)
                filler.setblocking(False)
                try:
                    filler.connect(name.address)
                except BlockingIOError:  # Foreign programs are Linux's, whatever we imitate.
                    break
            yield listener
        finally:
            for filler in fillers:
                filler.close()
            if not name.is_abstract():
                os.unlink(name.address)
