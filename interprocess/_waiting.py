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

#: A deadline that has passed: something is there already, and what else is there is not waited for.
_AT_ONCE = 0.0


def wait(objects: Iterable[Waitable], timeout: float | None = None) -> list[Waitable]:
    """Wait until some of OBJECTS can be received from without waiting, and return those.

    They are streams, halves of streams, receiving ends of pipes and FIFO files, which can be
    received from when something has arrived or the stream has ended; listeners, which can when a
    client has come; and files from `makefile`, which can also when they have read ahead. All are
    synchronous: an event loop waits with tasks. The result keeps their order.

    TIMEOUT is in seconds; `None` waits for ever, 0 does not wait. When it expires the result is
    empty, as it is, at once, for no objects at all. One thread at a time should receive from an
    object: of two, one may find that the other was faster, and wait.

    A listener that turns strangers away (`current_user_only`) accepts here, and keeps the client
    for `accept`: so it is in the result only if there is a client to be had.

    Unix: poll(2). Windows: PeekNamedPipe function, which is asked again after pauses of 1 to 16 ms;
    an empty message does not count.

    Raises `TypeError` for what is none of these, `io.UnsupportedOperation` for what only sends,
    `ValueError` for what is closed, also meanwhile, and `UnsupportedError` for a FIFO file where
    poll(2) does not tell of its end: macOS, DragonFly.
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
    """Return whether THING has something already, and the end that it gets more from."""
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
