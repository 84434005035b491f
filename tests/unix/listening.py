"""Listening sockets that other programs have made."""

from __future__ import annotations

import socket
from pathlib import Path


def listening(path: Path) -> int:
    """Return the descriptor of a socket that listens at PATH, as another program leaves it."""
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(str(path))
        foreign.listen()
        return foreign.detach()
