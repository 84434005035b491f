"""Connecting to a server that has not started yet: retrying until it has.

No system reports all of these events together: a socket file appears, a listener starts on an
existing one, a backlog has room, a pipe with the name exists. So this polls, with pauses of 1 to
100 ms. An attempt that finds a server without room waits for room as the system provides, for a
second at most: another server may take the name meanwhile.
"""

from __future__ import annotations

import errno
from time import monotonic, sleep

from interprocess._interface.options import ConnectWaitMode
from interprocess._interface.timeouts import deadline_after, pauses, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    from interprocess._interface.sizes import BufferSizes

    StreamType = TypeVar("StreamType")

#: The longest pause between two attempts, in seconds.
LONGEST_PAUSE = 0.1

#: The longest time that one attempt waits for room.
LONGEST_ATTEMPT = 1.0

#: The errors of an attempt when there is no server, or none with room.
_NOT_YET = (FileNotFoundError, ConnectionRefusedError, BlockingIOError, TimeoutError)


def connect_when_there(
    connect: Callable[..., StreamType],
    name: object,
    wait_mode: ConnectWaitMode,
    nonblocking_stream: bool,
    current_user_only: bool | None,
    buffer_sizes: BufferSizes | None,
) -> StreamType:
    """Call CONNECT, the backend's function, until it raises none of the errors above.

    Raises `TimeoutError` with the last error's message when the time of WAIT_MODE is over.
    """
    deadline = deadline_after(wait_mode.seconds)
    for pause in pauses(LONGEST_PAUSE):
        try:
            mode = _mode_of_attempt(deadline)
            return connect(name, mode, nonblocking_stream, current_user_only, False, buffer_sizes)
        except _NOT_YET as error:
            to_pause = _time_to_pause(error, pause, deadline, wait_mode)
        sleep(to_pause)
    raise AssertionError("the pauses never end")


async def connect_when_there_async(
    connect: Callable[..., Awaitable[StreamType]],
    name: object,
    wait_mode: ConnectWaitMode,
    current_user_only: bool | None,
    buffer_sizes: BufferSizes | None,
    sleep: Callable[[float], Awaitable[None]],
) -> StreamType:
    """Do the same where attempts are awaited; SLEEP is the runtime's."""
    deadline = deadline_after(wait_mode.seconds)
    for pause in pauses(LONGEST_PAUSE):
        try:
            mode = _mode_of_attempt(deadline)
            return await connect(name, mode, current_user_only, buffer_sizes)
        except _NOT_YET as error:
            to_pause = _time_to_pause(error, pause, deadline, wait_mode)
        await sleep(to_pause)
    raise AssertionError("the pauses never end")


def _mode_of_attempt(deadline: float | None) -> ConnectWaitMode:
    left = remaining(deadline)
    return ConnectWaitMode.timeout(LONGEST_ATTEMPT if left is None else min(left, LONGEST_ATTEMPT))


def _time_to_pause(
    error: OSError, pause: float, deadline: float | None, wait_mode: ConnectWaitMode
) -> float:
    """Return the pause after ERROR in seconds, or raise `TimeoutError` if the time is over."""
    if deadline is None:
        return pause
    left = deadline - monotonic()
    if left > 0:
        return min(left, pause)
    message = f"no server within {wait_mode.seconds:g} seconds: {error.strerror or error}"
    raise TimeoutError(errno.ETIMEDOUT, message, error.filename) from error
