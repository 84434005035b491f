"""The numbers of asynchronous streams and listeners: descriptors, or handles on Windows."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from interprocess.shared_memory.local_socket.asyncio import Listener, Stream, listen, pair


def number_of(thing: Any) -> Any:
    return thing.handle if sys.platform == "win32" else thing.fileno()


@pytest.mark.parametrize("kind", [Stream, Listener])
def test_what_the_system_does_not_have_is_absent(kind: type[object]) -> None:
    assert hasattr(kind, "handle") == (sys.platform == "win32")
    assert hasattr(kind, "fileno") == (sys.platform != "win32")


def test_numbers() -> None:
    first, second = pair()
    listener = listen()
    things = first, second, listener
    assert len({number_of(thing) for thing in things}) == len(things)
    for thing in things:
        thing.close()
        with pytest.raises(ValueError, match="closed"):
            number_of(thing)
