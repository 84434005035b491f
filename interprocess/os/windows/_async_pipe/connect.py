"""Connecting to a named pipe without blocking the event loop, even if no instance is free."""

from __future__ import annotations

import errno
from time import monotonic

from interprocess._interface.timeouts import deadline_after, pauses
from interprocess.os.windows import _calls
from interprocess.os.windows._async_pipe.end import AsyncPipeHandle
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe import making

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.async_runtime import CompletionRuntime
    from interprocess._interface.options import ConnectWaitMode


async def connect(
    runtime: CompletionRuntime,
    path: str,
    directions: int,
    wait_mode: ConnectWaitMode,
    *,
    messages: bool = False,
    receives_messages: bool = False,
    allow_impersonation: bool = False,
    current_user_only: bool = False,
) -> AsyncPipeHandle:
    """Return the handle of a client of the pipe PATH; the arguments are those of the sync one.

    CreateFileW function.
    """
    runtime.port()  # First, so that an error here does not show as a connection at the server.
    await runtime.yield_once()
    access = making.client_access(directions, receives_messages)
    flags = making.client_flags(allow_impersonation)
    handle = AsyncPipeHandle(runtime, making.client_origin(path))
    await _open_when_free(handle, path, access, flags, wait_mode)
    return making.set_up_client(handle, path, messages, receives_messages, current_user_only)


async def _open_when_free(
    handle: AsyncPipeHandle, path: str, access: int, flags: int, wait_mode: ConnectWaitMode
) -> None:
    """Let HANDLE own a client's end, once there is a free instance.

    WaitNamedPipeW waits in the system and cannot be interrupted. So this polls, at most 20 times a
    second, as asyncio's own pipes do.
    """
    deadline = deadline_after(wait_mode.seconds)
    gone_at: float | None = None
    for pause in pauses():
        try:
            return handle.obtain(pipes.open_pipe, path, access, flags)
        except FileNotFoundError:
            # A server at its instance limit has none between one client and the next.
            if gone_at is None or monotonic() >= gone_at:
                raise
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_PIPE_BUSY:
                raise
            if wait_mode.kind == "deferred":
                raise BlockingIOError(errno.EAGAIN, making.ALL_IN_USE, path) from None
            gone_at = monotonic() + pause + making.GAP_SECONDS
        left = pause if deadline is None else deadline - monotonic()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, making.ALL_IN_USE, path)
        await handle.runtime.sleep(min(left, pause))
    raise AssertionError("the pauses never end")
