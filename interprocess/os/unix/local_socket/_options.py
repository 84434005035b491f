"""The options of listeners and connections on Unix."""

from __future__ import annotations

from interprocess._interface.options import checked_mode
from interprocess._interface.timeouts import checked_busy_poll
from interprocess._interface.value import Value
from interprocess.os.unix.local_socket import _portable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.options import ConnectWaitMode, Overwrite
    from interprocess.os.unix.local_socket._names import Name
    from interprocess.os.unix.local_socket._stream import Stream

#: The id that chown(2) takes for 'unchanged'.
_NO_ID = (1 << 32) - 1


class ListenerOptions(_portable.ListenerOptions):
    """The options of a listener, including those of Unix only.

    - `mode`: the permissions of the socket file, exactly, whatever the umask is; `None` means
      0o600: only the user may connect. The file never has more permissions, not even for a moment.
    - `owner`, `group`: the owner and group of the socket file, by name or number; `None` leaves the
      system's default. Only root may set another owner; other users may only set a group that they
      belong to. Otherwise making the listener raises `PermissionError`. chown(2).
    - `busy_poll`: poll for up to this many seconds before a receive sleeps, as
      `Stream.set_busy_poll` does for the accepted streams. Asynchronous listeners refuse it.

    Raises `ValueError` for a mode that is not between 0 and 0o777, for permissions of an abstract
    name, which has none, and `LookupError` for an unknown user or group. The other options are
    those of `interprocess.local_socket.ListenerOptions`.
    """

    __module__ = "interprocess.os.unix.local_socket"

    __slots__ = ("mode", "owner", "group", "busy_poll")

    mode: int | None
    owner: int | None
    group: int | None
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
        owner: int | str | None = None,
        group: int | str | None = None,
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
            owner=_checked_id("owner", owner),
            group=_checked_id("group", group),
            busy_poll=checked_busy_poll(busy_poll),
        )
        if name.is_abstract() and not mode is owner is group is None:
            raise ValueError(
                f"mode, owner and group are not for {name}: an abstract name has no permissions"
            )


def _checked_id(what: str, value: int | str | None) -> int | None:
    """Return the id of a user (an owner) or a group."""
    if value is None:
        return None
    if isinstance(value, str):
        # Imported here, since most programs never need them.
        import grp
        import pwd

        try:
            if what == "owner":
                return pwd.getpwnam(value).pw_uid
            return grp.getgrnam(value).gr_gid
        except KeyError:
            raise LookupError(f"{what}: the system does not know {value!r}") from None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be a name, a number or None, not {value!r}")
    if not 0 <= value < _NO_ID:
        raise ValueError(f"{what} must be from 0 to {_NO_ID - 1}, not {value}")
    return value


class ConnectOptions(_portable.ConnectOptions):
    """The options of a connection, including those of Unix only.

    - `busy_poll`: poll for up to this many seconds before a receive sleeps, as
      `Stream.set_busy_poll` does. Asynchronous streams refuse it.

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
        """Connect and return the stream, with `busy_poll` set."""
        stream = super().connect_sync()
        if self.busy_poll:
            stream.set_busy_poll(self.busy_poll)
        return stream
