"""`listen`, `connect` and `pair`."""

from __future__ import annotations

from interprocess._interface.options import check_bool
from interprocess._interface.sizes import checked_option_size
from interprocess.local_socket import ListenerOptions
from interprocess.local_socket import connect as connect_plain
from interprocess.local_socket._shortcuts import name_or_unique
from interprocess.shared_memory.local_socket import _layout
from interprocess.shared_memory.local_socket._channel import ClientChannel
from interprocess.shared_memory.local_socket._listener import Listener
from interprocess.shared_memory.local_socket._stream import Stream
from interprocess.shared_memory.local_socket._wires import Wires

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.options import Overwrite
    from interprocess.local_socket._shortcuts import AnyName


def listen(
    name: AnyName | None = None,
    *,
    nonblocking: ListenerNonblockingMode | None = None,
    reclaim_name: bool = True,
    try_overwrite: Overwrite = False,
    max_spin_time: float | None = None,
    current_user_only: bool | None = None,
) -> Listener:
    """Return a listener; the name and the options are those of `interprocess.local_socket.listen`.

    The client chooses the sizes of the rings.
    """
    return Listener.from_options(  # type: ignore[return-value]  # a class method's own class
        ListenerOptions(
            name_or_unique(name),
            nonblocking=nonblocking,
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=max_spin_time,
            current_user_only=current_user_only,
        )
    )


def connect(
    name: AnyName,
    timeout: float | None = None,
    *,
    nonblocking_stream: bool = False,
    current_user_only: bool | None = None,
    wait_for_server: bool = False,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Stream:
    """Connect to a listener; the name and options are those of `interprocess.local_socket.connect`.

    The sizes are those of the rings, in bytes, rounded up to a power of two; `None` means 512 KiB.
    The first call of the stream waits until the server has accepted it, within its own timeout.
    """
    check_bool("nonblocking_stream", nonblocking_stream)
    capacities = (
        _layout.capacity_for(checked_option_size("send_buffer_size", send_buffer_size)),
        _layout.capacity_for(checked_option_size("recv_buffer_size", recv_buffer_size)),
    )
    main = connect_plain(
        name, timeout, current_user_only=current_user_only, wait_for_server=wait_for_server
    )
    channel = ClientChannel(capacities)
    try:
        stream = Stream._over(channel, Wires(main))
    except BaseException:
        main.close()
        raise
    try:
        channel.offer(main)
    except BaseException:
        stream.close()
        raise
    stream._nonblocking = nonblocking_stream
    return stream


def pair(*, buffer_size: int | None = None) -> tuple[Stream, Stream]:
    """Return two streams that are connected to each other.

    BUFFER_SIZE is the number of bytes that each stream can send before the other receives them,
    rounded up to a power of two; `None` means 512 KiB.
    """
    return Stream.pair(checked_option_size("buffer_size", buffer_size))
