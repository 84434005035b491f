"""What listeners and connections can be made with on Unix only."""

from __future__ import annotations

from interprocess._interface.options import check_bool, checked_mode
from interprocess._interface.value import Value
from interprocess.os.unix._busy_poll import checked_busy_poll
from interprocess.os.unix.local_socket import _portable
from interprocess.os.unix.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.options import ConnectWaitMode, Overwrite
    from interprocess.os.unix.local_socket._names import Name


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
        mode: int | None = None,
        busy_poll: float = 0.0,
    ) -> None:
        super().__init__(
            name,
            nonblocking=nonblocking,
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=max_spin_time,
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

    - `current_user_only`: whether a server of another user is refused, if the name is a file in a
      directory that others can write to (`SpecialDirUdSocket`, which is `GenericNamespaced` off
      Linux). The file must be the same user's or root's, and so must the process that listens,
      where the system tells whose that is. Other names are not checked: the permissions of a path's
      directory are the user's choice.
    - `busy_poll`: for how many seconds the stream's receives poll before they sleep, as
      `Stream.set_busy_poll` has it. Asynchronous streams refuse it.

    The other options are those of `interprocess.local_socket.ConnectOptions`.
    """

    __module__ = "interprocess.os.unix.local_socket"

    __slots__ = ("current_user_only", "busy_poll")

    current_user_only: bool
    busy_poll: float

    def __init__(
        self,
        name: Name,
        *,
        wait_mode: ConnectWaitMode | None = None,
        nonblocking_stream: bool = False,
        current_user_only: bool = True,
        busy_poll: float = 0.0,
    ) -> None:
        super().__init__(name, wait_mode=wait_mode, nonblocking_stream=nonblocking_stream)
        check_bool("current_user_only", current_user_only)
        Value.__init__(
            self, current_user_only=current_user_only, busy_poll=checked_busy_poll(busy_poll)
        )

    def connect_sync(self) -> Stream:
        """Connect, and return the stream, which polls as it was told to.

        Raises `PermissionError` for a server of another user that `current_user_only` refuses.
        """
        stream = Stream.connect(
            self.name, self.wait_mode, self.nonblocking_stream, self.current_user_only
        )
        if self.busy_poll:
            stream.set_busy_poll(self.busy_poll)
        return stream
