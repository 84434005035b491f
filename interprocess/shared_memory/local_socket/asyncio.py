"""Connections through shared memory for asyncio.

The classes have the interface of the classes in `interprocess.local_socket.asyncio`.
"""

from __future__ import annotations

from interprocess._interface.sizes import checked_option_size
from interprocess.local_socket import ListenerOptions
from interprocess.local_socket import asyncio as plain
from interprocess.local_socket._shortcuts import name_or_unique
from interprocess.shared_memory.local_socket import _layout
from interprocess.shared_memory.local_socket._async_asyncio import (
    Listener,
    Peek,
    RecvHalf,
    Reservation,
    SendHalf,
    Stream,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface import contract
    from interprocess._interface.options import Overwrite
    from interprocess.local_socket._shortcuts import AnyName

    _stream_contract: type[contract.Connection[RecvHalf, SendHalf]] = Stream

__all__ = [
    "Listener",
    "Peek",
    "RecvHalf",
    "Reservation",
    "SendHalf",
    "Stream",
    "connect",
    "listen",
    "pair",
]


def listen(
    name: AnyName | None = None,
    *,
    reclaim_name: bool = True,
    try_overwrite: Overwrite = False,
    max_spin_time: float | None = None,
    current_user_only: bool | None = None,
) -> Listener:
    """Return a listener; the options are those of `interprocess.local_socket.asyncio.listen`.

    The client chooses the sizes of the rings.
    """
    return Listener.from_options(
        ListenerOptions(
            name_or_unique(name),
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=max_spin_time,
            current_user_only=current_user_only,
        )
    )


async def connect(
    name: AnyName,
    *,
    current_user_only: bool | None = None,
    wait_for_server: bool = False,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Stream:
    """Connect to a listener; the options are those of `interprocess.local_socket.asyncio.connect`.

    The sizes are those of the rings, in bytes, rounded up to a power of two; `None` means 512 KiB.
    The first call of the stream waits until the server has accepted it.
    """
    capacities = (
        _layout.capacity_for(checked_option_size("send_buffer_size", send_buffer_size)),
        _layout.capacity_for(checked_option_size("recv_buffer_size", recv_buffer_size)),
    )
    main = await plain.connect(
        name, current_user_only=current_user_only, wait_for_server=wait_for_server
    )
    return await Stream._connect(main, capacities)


def pair(*, buffer_size: int | None = None) -> tuple[Stream, Stream]:
    """Return two streams that are connected to each other.

    BUFFER_SIZE is the number of bytes that each stream can send before the other receives them,
    rounded up to a power of two; `None` means 512 KiB.
    """
    return Stream.pair(checked_option_size("buffer_size", buffer_size))
