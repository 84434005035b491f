"""Objects handed to another process, for any runtime."""

from __future__ import annotations

from interprocess._interface.passing import async_carrier_of, check_kind, going_on
from interprocess.os.unix.local_socket._async_stream import (
    AsyncSocketReceiver,
    AsyncSocketSender,
)
from interprocess.os.unix.local_socket._passing import Incoming, departing, import_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from interprocess._interface.passing import Wanted


__all__ = ["import_memory", "recv_object", "send_object"]


async def send_object(stream: Any, thing: Any, _pid: int | None) -> None:
    """Implement `interprocess.local_socket.send_object`."""
    stream = await async_carrier_of(stream, AsyncSocketSender)
    message, parcel = departing(thing)
    with parcel:
        sent = await stream._send_with_fds(parcel)
    if sent < len(message):
        await stream.send_all(message[sent:])


async def recv_object(stream: Any, classes: Mapping[str, type[Any]], wanted: Wanted) -> Any:
    """Implement `interprocess.local_socket.recv_object`, with objects of CLASSES."""
    stream = await async_carrier_of(stream, AsyncSocketReceiver)
    check_kind(wanted, classes)
    with going_on(stream, Incoming) as incoming:
        while incoming.missing:
            with incoming.room() as arriving:
                missing = incoming.missing
                incoming.add(arriving, await stream._receive_with_fds(arriving, missing))
    return incoming.thing(classes, wanted)
