"""Sleep until the peer changes the shared memory, without losing a wake-up.

A side that finds no data, or no room, polls for a while if polling is enabled. Then it sleeps in a
receive call on a stream from its peer. Each direction of the connection has its own stream. A byte
on the stream wakes the sleeper. So does the end of the stream: the peer has left or was killed. The
values of the bytes do not matter.

**The protocol.** Here the reader sleeps; if the writer sleeps, the roles are exchanged.

    reader                                  writer
    r1  store READER = n, a new number      w1  store data
    r2  barrier, for all processes          w2  store HEAD
                                            w3  fence, unless barriers are remote
    r3  load HEAD; is there data?           w4  load READER; is it a new number?
    r4  receive a byte                      w5  send a byte
    r5  store READER = 0                    w6  remember the number

**Why no wake-up is lost.** A wake-up would be lost if r3 found no data although the writer executes
w2, and w4 did not find n. x86-64 keeps loads in order and stores in order, but a load may overtake
an earlier store: w4 may execute before w2 is visible. Compare w4 with the moment of the barrier,
r2:

- w4 executes before r2. Then w2, which precedes w4 in the program, has at least reached the store
  buffer. If the barrier is remote, it also applies to the writer's processor and makes w2 visible.
  If not, the fence, w3, has already done so. In both cases r3 finds the data.
- w4 executes after r2. Then n is visible, since r1 precedes r2, and w4 finds n. Every sleep has its
  own number, so n is new, and w5 follows. (If a signal handler interrupts the writer between w4 and
  w5, the writer still sends the byte.)

In both cases no wake-up is lost. Without r2, or without a remote barrier and w3, both loads could
miss both stores, and the reader would sleep forever. `tests/portable/test_wake_up_protocol.py`
simulates all interleavings with the store buffers of both processors, and shows all these results.

A byte that arrives after its sleep has ended wakes the next sleep too early. This is harmless: the
sleeper checks again and sleeps again with a new number. There is at most one such byte per sleep.
Each number needs only one byte, so a writer that continues before its peer wakes up makes no more
system calls (w4).

**The barrier** is needed on both sides. On Linux it is remote: membarrier(2), which the sleeper
executes for both, since it is about to wait for dozens of microseconds anyway. There is no good
alternative: no function of the C library is documented as a full barrier, and a call through cffi
would cost the busy side more than its copy. So the busy side has no fence. Windows has no remote
barrier for two processes, but it exports a function that is a full barrier, which each side
executes for itself: it takes a fraction of a microsecond, on a system where everything takes
longer.

Before a writer waits for room, it stores in WANTED the value that TAIL must reach before the reader
should wake it: waking the writer for every few bytes would be slow. WANTED never exceeds the
writer's own index, so the reader always gets there.
"""

from __future__ import annotations

import errno
import os
from functools import partial
from itertools import repeat
from threading import get_ident
from time import perf_counter

from interprocess.shared_memory._barrier import barrier
from interprocess.shared_memory._ring import HEAD, LEFT, READER, TAIL, WANTED, WRITER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess.shared_memory._ring import Reader, Side, Writer

#: The byte that wakes a sleeper.
WAKE = b"\0"
#: The largest number of wake bytes in one receive.
MOST_WAKES = 64
#: The number of avoided sleeps after which late wake bytes are received.
MOST_UNHEARD = 32
#: A deadline in the past: do not wait.
AT_ONCE = 0.0

#: How often a poll checks the ring between two checks of the clock, ...
_LOOKS = 64
#: ... and how often it checks the clock before it yields the core to other processes.
_CLOCKS = 16

_give_way = os.sched_yield if hasattr(os, "sched_yield") else lambda: None


def sleep_to_read(reader: Reader, tail: int, stream: Any, deadline: float | None) -> bool:
    """Wait until there is data at TAIL; return `False` at the end of the stream.

    STREAM receives the wake bytes. Raises `TimeoutError`, and `ValueError` if STREAM is closed.
    """
    # `begin_sleep` and `end_sleep` are inlined: any work after the wake-up delays an answer.
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
            # Returns at once if another thread has shut down the direction or closed the stream.
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
            return bool(words[HEAD] != tail)  # The peer left without reading all our bytes.
        finally:
            reader.holder = 0
            words[READER] = reader.rest
            if reader.rest:  # Another thread has just called `leave`.
                words[READER] = LEFT


def look_once_more(reader: Reader, tail: int, stream: Any) -> bool:
    """Return true if there is data at TAIL, without waiting; `False` is the end of the stream.

    Raises `TimeoutError` if there is no data yet.
    """
    words = reader.words
    ended = words[WRITER] == LEFT or not receive_wakes(stream, AT_ONCE)
    if words[HEAD] != tail:
        return True
    if not ended:
        raise TimeoutError
    return False


def watch(reader: Reader, tail: int, stream: Any) -> bool:
    """Return true, without waiting, if there is data at TAIL or the stream has ended.

    Otherwise STREAM becomes readable when that happens: for the peer, this side is asleep.
    """
    words = reader.words
    try:
        # Before this sleep is announced: a byte for this sleep must not be dropped, since the peer
        # sends only one for each.
        ended = not receive_wakes(stream, AT_ONCE)
    except TimeoutError:
        ended = False
    begin_sleep(reader)
    reader.holder = 0
    barrier()
    return bool(ended or words[HEAD] != tail or words[WRITER] == LEFT)


def sleep_for_room(
    writer: Writer, head: int, size: int, stream: Any, deadline: float | None
) -> None:
    """Wait until there is room at HEAD, enough to continue efficiently with SIZE bytes.

    STREAM receives the wake bytes. Raises `TimeoutError`, `ValueError` if STREAM is closed, and
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
    """Use RECEIVE to drop wake bytes for sleeps that were avoided, before they fill the socket.

    A writer may wait for room for a wake byte. After its data has arrived, a well-behaved peer must
    not keep it waiting.
    """
    reader.unheard += 1
    if reader.unheard >= MOST_UNHEARD:
        reader.unheard = 0
        try:
            receive()
        except (TimeoutError, BlockingIOError):
            pass


def begin_sleep(side: Side) -> None:
    """Announce that this side is about to sleep, with a new number."""
    side.sleeps += 1
    side.holder = get_ident()
    side.words[side.own_state] = side.sleeps


def end_sleep(side: Side) -> None:
    """Announce that this side is awake, or has left."""
    side.holder = 0
    side.words[side.own_state] = side.rest
    if side.rest:  # Another thread has just called `leave`.
        side.words[side.own_state] = side.rest


def receive_wakes(stream: Any, deadline: float | None) -> int:
    """Receive at least one wake byte; return 0 if the peer has left."""
    try:
        if deadline is None:
            return len(stream.recv(MOST_WAKES))
        count: int = stream._receive(bytearray(MOST_WAKES), deadline)
        return count
    except (ConnectionResetError, BrokenPipeError):
        return 0  # The peer left without reading all our bytes.


def poll_index(side: Side, index: int, value: int, seconds: float) -> bool:
    """Poll an index of the peer for at most SECONDS; return true once it differs from VALUE.

    Returns `False` early if either side leaves.
    """
    words = side.words
    # On Windows, `monotonic` advances every 16 ms before Python 3.13.
    end, clocks = perf_counter() + seconds, 0
    while True:
        for _ in repeat(None, _LOOKS):
            if words[index] != value:
                return True
        if perf_counter() >= end or side.rest or words[side.peer_state] == LEFT:
            return False
        clocks += 1
        if clocks == _CLOCKS:
            clocks = 0
            _give_way()


def wake_reader(writer: Writer, state: int, stream: Any, *, patient: bool) -> None:
    """Wake the reader, whose STATE is new.

    Raises `BrokenPipeError` if the reader has left without receiving all bytes.
    If a signal handler raises, even before the first statement, the caller has to call `send_wake`:
    no later call may see this number. If PATIENT, wait for room on the socket: a peer that does not
    read wake bytes harms itself.
    """
    if state == LEFT:
        check_received(writer)
        return
    try:
        if patient:
            stream.send(WAKE)
        elif not send_wake(stream):
            check_received(writer)
    except (BrokenPipeError, ConnectionResetError):
        check_received(writer)
    except ValueError:
        return  # Another thread is closing the stream and notifies the peer.
    writer.known = state


def wake_writer(reader: Reader, state: int, tail: int, stream: Any) -> None:
    """Wake the writer, whose STATE is new, if TAIL has reached `WANTED`.

    If a signal handler raises, the caller has to call `send_wake`.
    """
    if state == LEFT or reader.words[WANTED] > tail:
        return
    send_wake(stream)
    reader.known = state


def send_wake(stream: Any) -> bool:
    """Send a wake byte without waiting; return true if the peer is still there."""
    try:
        stream._send(WAKE, AT_ONCE)
    except TimeoutError:
        pass  # The socket is full of wake bytes.
    except (BrokenPipeError, ConnectionResetError):
        return False
    except ValueError:
        pass  # Another thread is closing the stream and notifies the peer.
    return True


def check_received(writer: Writer) -> None:
    """Raise `BrokenPipeError` unless the reader, which has left, had received all bytes.

    It may do so, and leave, between the moment when the bytes are visible and the wake-up.
    """
    if writer.words[TAIL] != writer.words[HEAD]:
        raise nobody_receives() from None


def nobody_receives() -> BrokenPipeError:
    """Return the error for sending to a peer that has left."""
    return BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
