"""`interprocess.wait`: which of several streams, listeners and pipe ends can be received from."""

from __future__ import annotations

import sys

from interprocess._interface.timeouts import checked_timeout, deadline_after

if sys.platform == "win32":
    from interprocess.os.windows._waiting import wait_for_ends
else:
    from interprocess.os.unix._waiting import wait_for_ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeVar

    Waitable = TypeVar("Waitable")

#: A deadline that has passed: one object is ready already, so the others are only polled.
_AT_ONCE = 0.0


def wait(objects: Iterable[Waitable], timeout: float | None = None) -> list[Waitable]:
    """Wait until some of OBJECTS are ready to receive from, and return those.

    OBJECTS may contain streams, halves of streams and receiving ends of pipes and FIFO files, which
    are ready when data has arrived or the stream has ended; listeners, which are ready when a
    client has connected; and files from `makefile`, which are also ready when they have read ahead.
    All must be synchronous: asynchronous programs wait with tasks. The result keeps the order of
    OBJECTS.

    TIMEOUT is in seconds; `None` waits for ever, 0 does not wait. When it expires, the result is
    empty; without any objects, the result is empty at once. Only one thread at a time should
    receive from an object: if two do, one may take the data and leave the other waiting.

    A listener with `current_user_only` accepts clients here, rejects those of other users and keeps
    the first admitted client for `accept`. So it is in the result only if `accept` will return a
    client.

    Unix: poll(2). Windows: the PeekNamedPipe function, called repeatedly with pauses of 1 to 16 ms;
    an empty message does not count as data.

    Raises `TypeError` for other objects, `io.UnsupportedOperation` for an object that can only
    send, `ValueError` if an object is closed before or during the wait, and `UnsupportedError` for
    a FIFO file on systems whose poll(2) does not report its end: macOS, DragonFly.
    """
    if hasattr(objects, "_wait_source"):
        # Iterating over a stream would receive from it, and over a listener accept.
        raise TypeError(f"wait takes a list of objects, not one: {objects!r}")
    things = list(objects)
    deadline = deadline_after(checked_timeout(timeout))
    ready = []
    ends = []
    for thing in things:
        has_something, end = _source_of(thing)
        ready.append(has_something)
        ends.append(end)
    if not things:
        return []
    for index in wait_for_ends(ends, _AT_ONCE if any(ready) else deadline):
        ready[index] = True
    return [thing for thing, is_ready in zip(things, ready) if is_ready]


def _source_of(thing: Any) -> tuple[bool, Any]:
    """Return whether THING has data buffered, and the end that it reads from."""
    has_something, source = False, thing
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
        if end is source:
            return has_something, end
        source = end
