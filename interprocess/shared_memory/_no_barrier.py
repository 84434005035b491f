"""For systems without a usable memory barrier: no connection uses memory there."""

from __future__ import annotations

BARRIER_IS_REMOTE = False


def is_supported() -> bool:
    """Return `False`."""
    return False


def register() -> None:
    """Do nothing."""


def barrier() -> None:
    """Fail: this is called only if both sides of a connection have agreed to use memory."""
    raise AssertionError("connections do not use memory on this system")


fence = barrier

__all__ = ["BARRIER_IS_REMOTE", "barrier", "fence", "is_supported", "register"]
