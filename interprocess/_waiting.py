"""`interprocess.wait`: wait until some of several streams, listeners or pipe ends are ready."""

from __future__ import annotations

import sys

from interprocess._interface.timeouts import checked_timeout, deadline_after, remaining

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
    timeout, and immediately if OBJECTS is empty. Only one thread at a time should
    receive from an object: if two do, one may take the data and leave the other waiting.

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
    deadline = deadline_after(checked_timeout(timeout))
    ready = []
    ends = []
    checks = []
    for thing in things:
        has_something, end, check = _source_of(thing)
        ready.append(has_something)
        ends.append(end)
        checks.append(check)
    if not things:
        return []
    while True:
        found = wait_for_ends(ends, _AT_ONCE if any(ready) else deadline)
        for index in found:
            check = checks[index]
            ready[index] = ready[index] or check is None or check()
        if not found or any(ready) or remaining(deadline) == 0:
            break
    return [thing for thing, is_ready in zip(things, ready) if is_ready]


def _source_of(thing: Any) -> tuple[bool, Any, Callable[[], bool] | None]:
    """Return true if THING has buffered data, and the end that it reads from.

    If bytes can arrive there without data for THING, also return a function that checks for data.
    """
    has_something, source, check = False, thing, None
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
        check = check or getattr(source, "_receives_at_once", None)
        if end is source:
            return has_something, end, check
        source = end
