"""What listeners and connections can be made with on Unix only."""

from __future__ import annotations

from interprocess._interface.options import checked_mode
from interprocess._interface.value import Value
from interprocess.os.unix._unix_socket.busy_poll import checked_busy_poll
from interprocess.os.unix.local_socket import _portable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.options import ConnectWaitMode, Overwrite
    from interprocess.os.unix.local_socket._names import Name
    from interprocess.os.unix.local_socket._stream import Stream


class ListenerOptions(_portable.ListenerOptions):
    """What a listener is made with, the options that only Unix has among them.

    - `mode`: the permissions of the socket file, exactly, whatever the umask is; `None` means
      0o600: only the user may connect. There is no moment at which the file has more permissions.
    - `busy_poll`: for how many seconds the receives of its streams poll before they sleep, as
      `Stream.set_busy_poll` has it. Asynchronous listeners refuse it.

    Raises `ValueError` for a mode that is not between 0 and 0o777, and for one with an abstract
    name, which has no permissions. The other options are those of
    `interprocess.local_socket.ListenerOptions`.
    """

    __module__ = "interprocess.os.unix.local_socket"

    __slots__ = ("mode", "busy_poll")

    mode: int | None
    busy_poll: float

    def __init__(
        self,
        name: Name,
        *,
        nonblocking: ListenerNonblockingMode | None = None,
        reclaim_name: bool = True,
        try_overwrite: Overwrite = False,
        max_spin_time: float | None = None,
        current_user_only: bool | None = None,
        send_buffer_size: int | None = None,
        recv_buffer_size: int | None = None,
        mode: int | None = None,
        busy_poll: float = 0.0,
    ) -> None:
        super().__init__(
            name,
            nonblocking=nonblocking,
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=max_spin_time,
            current_user_only=current_user_only,
            send_buffer_size=send_buffer_size,
            recv_buffer_size=recv_buffer_size,
        )
        Value.__init__(
            self,
            mode=None if mode is None else checked_mode(mode),
            busy_poll=checked_busy_poll(busy_poll),
        )
        if mode is not None and name.is_abstract():
            raise ValueError(
                f"mode={mode:#o} does not go with {name}: an abstract name has no permissions"
            )


class ConnectOptions(_portable.ConnectOptions):
    """What a connection is made with, the options that only Unix has among them.

    - `busy_poll`: for how many seconds the stream's receives poll before they sleep, as
      `Stream.set_busy_poll` has it. Asynchronous streams refuse it.

    The other options are those of `interprocess.local_socket.ConnectOptions`.
    """

    __module__ = "interprocess.os.unix.local_socket"

    __slots__ = ("busy_poll",)

    busy_poll: float

    def __init__(
        self,
        name: Name,
        *,
        wait_mode: ConnectWaitMode | None = None,
        timeout: float | None = None,
        nonblocking_stream: bool = False,
        current_user_only: bool | None = None,
        wait_for_server: bool = False,
        send_buffer_size: int | None = None,
        recv_buffer_size: int | None = None,
        busy_poll: float = 0.0,
    ) -> None:
        super().__init__(
            name,
            wait_mode=wait_mode,
            timeout=timeout,
            nonblocking_stream=nonblocking_stream,
            current_user_only=current_user_only,
            wait_for_server=wait_for_server,
            send_buffer_size=send_buffer_size,
            recv_buffer_size=recv_buffer_size,
        )
        Value.__init__(self, busy_poll=checked_busy_poll(busy_poll))

    def connect_sync(self) -> Stream:
        """Connect, and return the stream, which polls as it was told to."""
        stream = super().connect_sync()
        if self.busy_poll:
            stream.set_busy_poll(self.busy_poll)
        return stream
