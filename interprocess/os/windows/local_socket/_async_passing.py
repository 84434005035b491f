"""Objects handed to another process, for any runtime."""

from __future__ import annotations

from interprocess._interface.passing import async_carrier_of, check_kind, going_on
from interprocess.os.windows._async_pipe.owners import AsyncReceiver, AsyncSender
from interprocess.os.windows.local_socket._passing import Departing, Incoming, import_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from interprocess._interface.passing import Wanted


__all__ = ["import_memory", "recv_object", "send_object"]


async def send_object(stream: Any, thing: Any, pid: int | None) -> None:
    """Implement `interprocess.local_socket.send_object`."""
    stream = await async_carrier_of(stream, AsyncSender)
    with Departing(stream, thing, pid) as departing:
        await stream.send_all(departing.message)
        departing.was_sent = True


async def recv_object(stream: Any, classes: Mapping[str, type[Any]], wanted: Wanted) -> Any:
    """Implement `interprocess.local_socket.recv_object`, with objects of CLASSES."""
    stream = await async_carrier_of(stream, AsyncReceiver)
    check_kind(wanted, classes)
    with going_on(stream, Incoming) as incoming:
        while incoming.missing:
            incoming.add(await stream.recv(incoming.missing))
    return incoming.thing(classes, wanted)
