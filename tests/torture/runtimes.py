"""The event loops that are installed."""

from __future__ import annotations

from tests.portable.asynchronous.worlds import RUNTIMES, World, new_world


def worlds() -> list[World]:
    """Return each of them without its debug mode, which is several times as slow."""
    found = []
    for name in RUNTIMES:
        try:
            found.append(new_world(name))
        except ImportError:
            continue
    for world in found:
        world.debug = False
    return found
