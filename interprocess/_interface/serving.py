"""What `serve` does alike for threads and for asyncio's tasks."""

from __future__ import annotations

from interprocess._interface.timeouts import checked_timeout
from interprocess.errors import IncompleteReadError

#: How many seconds handlers get to end once they were told to.
CLOSING_TIME = 5.0


def check_arguments(
    handler: object, max_clients: object, grace: float | None, on_error: object
) -> None:
    """Refuse what `serve` cannot work with, before it accepts anybody."""
    if not callable(handler):
        raise TypeError(f"handler must be callable, not {handler!r}")
    if on_error is not None and not callable(on_error):
        raise TypeError(f"on_error must be callable or None, not {on_error!r}")
    if max_clients is not None:
        if isinstance(max_clients, bool) or not isinstance(max_clients, int):
            raise TypeError(f"max_clients must be an int or None, not {max_clients!r}")
        if max_clients < 1:
            raise ValueError(f"max_clients must be at least 1, or None for any: {max_clients}")
    checked_timeout(grace, "grace")


def client_has_left(error: Exception) -> bool:
    """Whether ERROR says no more than that the client is gone, as clients may be at any time."""
    return isinstance(error, (BrokenPipeError, ConnectionResetError, IncompleteReadError))
