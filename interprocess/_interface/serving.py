"""The parts of `serve` that threads and asyncio's tasks share."""

from __future__ import annotations

from interprocess._interface.timeouts import checked_timeout
from interprocess.errors import IncompleteReadError

#: The number of seconds that handlers have to end after they were told to.
CLOSING_TIME = 5.0


def check_arguments(
    listener: object,
    handler: object,
    max_clients: object,
    grace: float | None,
    on_error: object,
    *,
    iterate: str = "__next__",
) -> None:
    """Check the arguments of `serve` before it accepts a client.

    ITERATE is the method with which it takes the listener's next client.
    """
    if not hasattr(listener, "_watch_close") or not hasattr(listener, iterate):
        kind = "a synchronous" if iterate == "__next__" else "an asyncio"
        raise TypeError(f"serve takes {kind} listener, not {listener!r}")
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
    """Return true if ERROR only means that the client has left, which may happen at any time."""
    return isinstance(error, (BrokenPipeError, ConnectionResetError, IncompleteReadError))
