"""Errors that are both trio's and those of the synchronous interface; imports trio."""

from __future__ import annotations

from errno import ECONNRESET, EPIPE

try:
    import trio
except ModuleNotFoundError as error:
    raise ImportError(
        'trio is not installed: pip install "pyinterprocess[trio]"', name="trio"
    ) from error


class ClosedError(ValueError, trio.ClosedResourceError):
    """The object was closed on our side, before or during the call."""

    def __init__(self) -> None:
        super().__init__("I/O operation on closed file")


class BrokenError(BrokenPipeError, trio.BrokenResourceError):
    """There is no receiver for the data any more."""


class ResetError(ConnectionResetError, trio.BrokenResourceError):
    """The peer left without receiving the data that we sent."""


def as_trio_has_it(error: OSError) -> OSError:
    """Return trio's error for a system's error, or the error itself if trio has none."""
    if isinstance(error, BrokenPipeError):
        return _with_details(BrokenError(EPIPE, error.strerror), error)
    if isinstance(error, ConnectionResetError):
        return _with_details(ResetError(ECONNRESET, error.strerror), error)
    return error


def _with_details(new: OSError, old: OSError) -> OSError:
    """Copy the number of bytes sent to the new error, if the old one has it."""
    if hasattr(old, "characters_written"):
        new.characters_written = old.characters_written  # type: ignore[attr-defined]  # any OSError has it
    return new
