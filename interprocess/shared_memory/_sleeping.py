"""Sleeping until the peer has done something in the shared memory, without a lost wake-up.

A side that finds nothing in the ring, or no room, polls for a while if it was told to, and then
sleeps in a receive from a stream that connects it with its peer. There is one such stream for
each direction of the connection. A byte on it wakes, and so does its end: the peer has left, or has
been killed. What the bytes are does not matter.

**The protocol.** Let the reader sleep; for the writer it is the same with the roles exchanged.

    reader                                  writer
    r1  store READER = n, a new number      w1  store data
    r2  barrier, for all processes          w2  store HEAD
    r3  load HEAD; is there something?      w3  load READER; is it a number not known yet?
    r4  receive a byte                      w4  send a byte
    r5  store READER = 0                    w5  note that the number is known

**Why no wake-up is lost.** Suppose that r3 finds nothing, though the writer has passed w2, or will,
and that w3 does not find n. x86-64 carries out loads in their order, and stores in theirs, but
a load may come before an earlier store: w3 before w2 is visible. Take the moment of r2:

- w3 was carried out before it. Then w2 was at least under way, as it comes first in the program,
  and the barrier, which is one for the writer's processor as well, has made it visible: r3 finds
  it.
- w3 is carried out after it. Then n is visible, since r1 comes before r2, and w3 finds it. It is
  not known yet, because every sleep has a number of its own; so w4 follows. (A writer that is
  interrupted between w3 and w4 sends the byte all the same.)

Either contradicts the supposition. Without r2, both loads may miss both stores, and the reader
sleeps for ever: `tests/portable/test_wake_up_protocol.py` tries all interleavings,
with the store buffers of both processors, and shows both.

A byte that comes late, for a sleep that is over, wakes the next sleep for nothing. It is no loss:
the sleeper looks again, and sleeps again under another number. There is at most one such byte for
each sleep. A number needs one byte only, so that a writer that is faster than its peer wakes up
makes no more system calls (w3).

**The barrier** has to be one for both sides, and is the sleeper's: it is about to wait for some
dozen microseconds anyway. On Linux it is membarrier(2), and documented as such. Nothing else is as
good there: no function of the C library is documented to be a full barrier, and a call through
cffi would cost the busy side more than its copy. So there is none on the busy side at all.

A writer that waits for room says in WANTED, before it stores its state, how far the reader has to
get before waking it is worth the while: a writer that is woken for every few bytes gets nowhere.
The reader cannot stop short of that: WANTED is never beyond the writer's own index.
"""

from __future__ import annotations

import errno
import os
from functools import partial
from itertools import repeat
from threading import get_ident
from time import monotonic

from interprocess.shared_memory._barrier import barrier
from interprocess.shared_memory._ring import HEAD, LEFT, READER, TAIL, WANTED, WRITER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess.shared_memory._ring import Reader, Side, Writer

#: A byte that wakes.
WAKE = b"\0"
#: How many of them are received at once.
MOST_WAKES = 64
#: How many sleeps may leave one behind.
MOST_UNHEARD = 32
#: A deadline that has passed.
AT_ONCE = 0.0

#: How many looks at the ring are taken between two at the clock, ...
_LOOKS = 64
#: ... and how many of these between two times that the core is offered to others.
_CLOCKS = 16

_give_way = os.sched_yield if hasattr(os, "sched_yield") else lambda: None


def sleep_to_read(reader: Reader, tail: int, stream: Any, deadline: float | None) -> bool:
    """Wait until something is there at TAIL; return `False` for the end of the stream.

    STREAM gives the bytes that wake. Raises `TimeoutError`, and `ValueError` if it is closed.
    """
    # `begin_sleep` and so on in one frame: all that comes after the wake-up delays an answer.
    words = reader.words
    while True:
        reader.holder = get_ident()
        reader.sleeps = number = reader.sleeps + 1
        words[READER] = number
        try:
            barrier()
            if words[HEAD] != tail:
                forget_wakes(reader, partial(receive_wakes, stream, AT_ONCE))
                return True
            if words[WRITER] == LEFT:
                return bool(words[HEAD] != tail)
            # It ends at once if another thread has shut the direction down, or closed the stream.
            if deadline is None:
                woken = stream.recv(MOST_WAKES)
            else:
                woken = stream._receive(bytearray(MOST_WAKES), deadline)
            reader.unheard = 0
            if words[HEAD] != tail:
                return True
            if not woken:
                return False
        except (ConnectionResetError, BrokenPipeError):
            return bool(words[HEAD] != tail)  # The peer left bytes of ours unread.
        finally:
            reader.holder = 0
            words[READER] = reader.rest
            if reader.rest:  # Another thread has come in between.
                words[READER] = LEFT


def look_once_more(reader: Reader, tail: int, stream: Any) -> bool:
    """Return whether something is there at TAIL, without waiting; `False` is the end of the stream.

    Raises `TimeoutError` if nothing is there yet.
    """
    words = reader.words
    ended = words[WRITER] == LEFT or not receive_wakes(stream, AT_ONCE)
    if words[HEAD] != tail:
        return True
    if not ended:
        raise TimeoutError
    return False


def watch(reader: Reader, tail: int, stream: Any) -> bool:
    """Return whether something is there at TAIL, or the end of the stream, without waiting.

    If not, STREAM is readable from when there is, as if this side slept.
    """
    words = reader.words
    begin_sleep(reader)
    reader.holder = 0
    barrier()
    try:
        # What came for earlier sleeps; a byte that comes from now on is for this one.
        ended = not receive_wakes(stream, AT_ONCE)
    except TimeoutError:
        ended = False
    return bool(ended or words[HEAD] != tail or words[WRITER] == LEFT)


def sleep_for_room(
    writer: Writer, head: int, size: int, stream: Any, deadline: float | None
) -> None:
    """Wait until there is room at HEAD, worth to go on with SIZE bytes.

    STREAM gives the bytes that wake. Raises `TimeoutError`, `ValueError` if it is closed, and
    `BrokenPipeError` if the peer has left.
    """
    words = writer.words
    worth = min(size, writer.capacity // 2)
    while True:
        words[WANTED] = head + worth - writer.capacity
        begin_sleep(writer)
        try:
            barrier()
            if words[READER] == LEFT:
                raise nobody_receives()
            if words[TAIL] != head - writer.capacity:
                return
            if not receive_wakes(stream, deadline):
                raise nobody_receives()
            if words[TAIL] != head - writer.capacity:
                return
        finally:
            end_sleep(writer)


def forget_wakes(reader: Reader, receive: Callable[[], object]) -> None:
    """Have RECEIVE take bytes for sleeps that never came to that, before they are many.

    A writer may wait for room for such a byte: it must not be kept waiting by a peer that means no
    harm, after what it had to say has arrived.
    """
    reader.unheard += 1
    if reader.unheard >= MOST_UNHEARD:
        reader.unheard = 0
        try:
            receive()
        except (TimeoutError, BlockingIOError):
            pass


def begin_sleep(side: Side) -> None:
    """Say that this side is about to sleep, under a number of its own."""
    side.sleeps += 1
    side.holder = get_ident()
    side.words[side.own_state] = side.sleeps


def end_sleep(side: Side) -> None:
    """Say that this side is awake, or has left."""
    side.holder = 0
    side.words[side.own_state] = side.rest
    if side.rest:  # Another thread has come in between.
        side.words[side.own_state] = side.rest


def receive_wakes(stream: Any, deadline: float | None) -> int:
    """Receive at least one of the bytes that wake; return 0 if the peer has left."""
    try:
        if deadline is None:
            return len(stream.recv(MOST_WAKES))
        count: int = stream._receive(bytearray(MOST_WAKES), deadline)
        return count
    except (ConnectionResetError, BrokenPipeError):
        return 0  # It left bytes of ours unread.


def poll_index(side: Side, index: int, value: int, seconds: float) -> bool:
    """Look at an index of the peer until it is not VALUE, for at most SECONDS; return whether.

    Ends earlier if either side leaves.
    """
    words = side.words
    end, clocks = monotonic() + seconds, 0
    while True:
        for _ in repeat(None, _LOOKS):
            if words[index] != value:
                return True
        if monotonic() >= end or side.rest or words[side.peer_state] == LEFT:
            return False
        clocks += 1
        if clocks == _CLOCKS:
            clocks = 0
            _give_way()


def wake_reader(writer: Writer, state: int, stream: Any, *, patient: bool) -> None:
    """Wake the reader, whose STATE is none that is known. Raises `BrokenPipeError` if it has left.

    If it is PATIENT, it may wait for room: a peer that does not take such bytes harms itself.
    """
    if state == LEFT:
        raise nobody_receives()
    try:
        if patient:
            stream.send(WAKE)
        elif not send_wake(stream):
            raise nobody_receives()
    except (BrokenPipeError, ConnectionResetError):
        raise nobody_receives() from None
    except ValueError:
        return  # Another thread closes it, and tells the peer.
    except BaseException:
        # A signal handler has raised. Nobody may come back to this number, so once more.
        send_wake(stream)
        raise
    writer.known = state


def wake_writer(reader: Reader, state: int, tail: int, stream: Any) -> None:
    """Wake the writer, whose STATE is none that is known, if TAIL is far enough."""
    if state == LEFT or reader.words[WANTED] > tail:
        return
    try:
        send_wake(stream)
    except BaseException:
        send_wake(stream)  # As above.
        raise
    reader.known = state


def send_wake(stream: Any) -> bool:
    """Send a byte that wakes, without waiting; return whether there is still a peer."""
    try:
        stream._send(WAKE, AT_ONCE)
    except TimeoutError:
        pass  # It is full of them.
    except (BrokenPipeError, ConnectionResetError):
        return False
    except ValueError:
        pass  # Another thread closes it, and tells the peer.
    return True


def nobody_receives() -> BrokenPipeError:
    """Return the error for sending to a peer that has left."""
    return BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
