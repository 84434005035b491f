"""`interprocess.wait`: wait until some of several streams, listeners or pipe ends are ready."""

from __future__ import annotations

import sys
from time import monotonic, sleep

from interprocess._interface.timeouts import checked_timeout, deadline_after, pauses, remaining

if sys.platform == "win32":
    from interprocess.os.windows._waiting import wait_for_ends
else:
    from interprocess.os.unix._waiting import wait_for_ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    Waitable = TypeVar("Waitable")

#: A deadline in the past: one object is already ready, so the others are only polled.
_AT_ONCE = 0.0
#: The longest pause, in seconds, between two questions to an object whose end may stay silent.
_LONGEST_PAUSE = 0.016


def wait(objects: Iterable[Waitable], timeout: float | None = None) -> list[Waitable]:
    """Wait until some of OBJECTS are ready to receive from, and return these.

    OBJECTS may contain:

    - streams, halves of streams, and receiving ends of pipes and FIFO files: ready when data has
      arrived or the stream has ended;
    - listeners: ready when a client has connected;
    - files from `makefile`, streams of messages from `interprocess.messages`, and streams from
      `wrap_tls`: ready when they hold buffered data, or when the stream below is ready.

    All must be synchronous: asynchronous programs wait with tasks. The result keeps the order of
    OBJECTS.

    A stream of messages is ready as soon as part of a message arrives: set a receive timeout if the
    peer may not send the rest. For a `TlsStream`, `wait` receives and decrypts: the stream is ready
    only for data, an error or its end, not for records without data.

    TIMEOUT is in seconds; `None` waits forever, 0 does not wait. The result is empty after a
    timeout, and immediately if OBJECTS is empty. If two threads receive from one object, one may
    take the data and leave the other waiting.

    For a listener with `current_user_only`, `wait` accepts clients, rejects those of other users,
    and keeps the first admitted client for `accept`. So the listener is in the result only if
    `accept` will return a client.

    Unix: poll(2). Windows: the PeekNamedPipe function, called repeatedly with pauses of 1 to 16 ms;
    an empty message does not count as data.

    Raises `TypeError` for other objects, `io.UnsupportedOperation` for an object that can only
    send, `ValueError` if an object is closed before or during the wait, and `UnsupportedError` for
    a FIFO file on systems whose poll(2) does not report its end: macOS, DragonFly.
    """
    if hasattr(objects, "_wait_source"):
        # Iterating over a stream would receive data; iterating over a listener would accept.
        raise TypeError(f"wait takes a list of objects, not one: {objects!r}")
    things = list(objects)
    if not things:
        return []
    deadline = deadline_after(checked_timeout(timeout))
    ends = []
    checks = []
    ready: list[bool | None] = []
    for thing in things:
        has_something, end, checks_of_it = _source_of(thing)
        ends.append(end)
        checks.append(checks_of_it)
        ready.append(has_something or _has_something(checks_of_it))
    for pause in pauses(_LONGEST_PAUSE):
        limit = _AT_ONCE if any(ready) else deadline
        if None in ready:
            soon = monotonic() + pause
            limit = soon if limit is None else min(soon, limit)
        found = wait_for_ends(ends, limit)
        for index, checks_of_it in enumerate(checks):
            if not ready[index] and (index in found or ready[index] is None):
                ready[index] = not checks_of_it or _has_something(checks_of_it)
        if any(ready) or remaining(deadline) == 0:
            break
        if found and None in ready:
            sleep(pause)  # What was found may belong to another thread.
    return [thing for thing, is_ready in zip(things, ready) if is_ready]


def _source_of(thing: Any) -> tuple[bool, Any, list[Callable[[], bool | None]]]:
    """Return true if THING has buffered data, the end that it reads from, and its checks.

    Its checks are needed if bytes can arrive at the end without data for THING, or data without
    bytes. Each asks an object on the way from THING to the end, in this order.
    """
    has_something, source, checks = False, thing, []
    while True:
        try:
            ask = source._wait_source
        except AttributeError:
            raise TypeError(
                f"cannot wait for {thing!r}: it is no stream, listener, receiving end of a pipe"
                " or file over a stream of ours"
            ) from None
        has_more, end = ask()
        has_something = has_something or has_more
        if hasattr(source, "_receives_at_once"):
            checks.append(source._receives_at_once)
        if end is source:
            return has_something, end, checks
        source = end


def _has_something(checks: list[Callable[[], bool | None]]) -> bool | None:
    """Return true if the first of CHECKS finds data.

    `None` means that data may come without a byte at the end, so that the caller has to ask again.
    """
    if not checks:
        return False
    first, *others = checks
    while True:
        found = first()
        if found or not others:
            return found
        found = _has_something(others)
        if not found:
            return found
