"""Handing open objects to another process, with asyncio or trio."""

from __future__ import annotations

import sys

from interprocess._interface import passing

if sys.platform == "win32":
    from interprocess.os.windows.local_socket import _async_passing
else:
    from interprocess.os.unix.local_socket import _async_passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._interface.passing import Wanted


async def send_object(stream: Any, thing: Any, *, pid: int | None = None) -> None:
    """Hand an open object to the process at the other end; otherwise as for the sync interface.

    STREAM is a `Stream` or `SendHalf`, THING a stream, a listener, an end of a pipe, or a file. On
    Unix, THING may be asynchronous; on Windows, hand over the result of its `to_sync()`.
    """
    await _async_passing.send_object(stream, thing, pid)


async def recv_object(stream: Any, wanted: Wanted, *ours: type[Any]) -> Any:
    """Receive an object: a file, memory, or an instance of one of the classes OURS."""
    return await _async_passing.recv_object(
        stream, passing.classes(_async_passing.import_memory, *ours), wanted
    )
