"""trio, and the errors that are at once those of the synchronous interface and those of trio."""

from __future__ import annotations

from errno import ECONNRESET, EPIPE

try:
    import trio
except ModuleNotFoundError as error:
    raise ImportError(
        'trio is not installed: pip install "pyinterprocess[trio]"', name="trio"
    ) from error


class ClosedError(ValueError, trio.ClosedResourceError):
    """It was closed on our side, before the call or during it."""

    def __init__(self) -> None:
        super().__init__("I/O operation on closed file")


class BrokenError(BrokenPipeError, trio.BrokenResourceError):
    """Nobody can receive any more what we send."""


class ResetError(ConnectionResetError, trio.BrokenResourceError):
    """The peer left without receiving what we sent."""


def as_trio_has_it(error: OSError) -> OSError:
    """Return the error of trio for one of the system, or that itself."""
    if isinstance(error, BrokenPipeError):
        return _with_details(BrokenError(EPIPE, error.strerror), error)
    if isinstance(error, ConnectionResetError):
        return _with_details(ResetError(ECONNRESET, error.strerror), error)
    return error


def _with_details(new: OSError, old: OSError) -> OSError:
    """Take over how much was sent, where the error says so."""
    if hasattr(old, "characters_written"):
        new.characters_written = old.characters_written  # type: ignore[attr-defined]  # any OSError has it
    return new
