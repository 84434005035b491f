"""`listen` with the options of Unix: permissions, owner and group of the socket file."""

from __future__ import annotations

from interprocess._interface.name import is_path
from interprocess.os.unix.local_socket._names import GenericFilePath, GenericNamespaced, Name
from interprocess.os.unix.local_socket._options import ListenerOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.name import NameLike
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.options import Overwrite
    from interprocess.os.unix.local_socket._listener import Listener


def listen(
    name: Name | NameLike | None = None,
    *,
    mode: int | None = None,
    owner: int | str | None = None,
    group: int | str | None = None,
    busy_poll: float = 0.0,
    nonblocking: ListenerNonblockingMode | None = None,
    reclaim_name: bool = True,
    try_overwrite: Overwrite = False,
    max_spin_time: float | None = None,
    current_user_only: bool | None = None,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Listener:
    """Return a listener: the short form of `ListenerOptions(…).create_sync()`, with its options.

    NAME is as for `interprocess.local_socket.listen`. Users with write permission for the socket
    file can connect:

        with listen("/run/example.sock", mode=0o660, group="wheel") as listener: ...
    """
    if name is None:
        name = Name.unique()
    elif not isinstance(name, Name):
        name = (GenericFilePath if is_path(name) else GenericNamespaced).map(name)
    return ListenerOptions(
        name,
        nonblocking=nonblocking,
        reclaim_name=reclaim_name,
        try_overwrite=try_overwrite,
        max_spin_time=max_spin_time,
        current_user_only=current_user_only,
        send_buffer_size=send_buffer_size,
        recv_buffer_size=recv_buffer_size,
        mode=mode,
        owner=owner,
        group=group,
        busy_poll=busy_poll,
    ).create_sync()
