"""What a listener or a connection is made with, where that is the same on every platform."""

from __future__ import annotations

from interprocess._interface.name import NameBase
from interprocess._interface.sizes import checked_option_size, given_sizes
from interprocess._interface.timeouts import checked_timeout
from interprocess._interface.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeVar, Union

    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.sizes import BufferSizes

    #: Whether to take an address that is in use: no, yes, or only from a listener that is dead.
    Overwrite = Union[bool, Literal["if_dead"]]

    ConnectOptionsType = TypeVar("ConnectOptionsType", bound="ConnectOptionsBase")

#: How long a listener tries to overwrite an address that others keep changing, in seconds.
DEFAULT_SPIN_TIME = 1.0

#: The permissions of a file that others reach us by, unless the user says otherwise: none for them.
PRIVATE_MODE = 0o600


class ConnectWaitMode(Value):
    """How connecting waits for a listener that has no room yet.

    Made by `deferred()`, `timeout(seconds)` and `unbounded()`.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ("kind", "seconds")

    kind: Literal["deferred", "timeout", "unbounded"]
    seconds: float | None

    def __init__(
        self, kind: Literal["deferred", "timeout", "unbounded"], seconds: float | None = None
    ) -> None:
        if kind not in ("deferred", "timeout", "unbounded"):
            raise ValueError(f"a wait mode is 'deferred', 'timeout' or 'unbounded', not {kind!r}")
        if (kind == "timeout") != (seconds is not None):
            raise ValueError(f"the wait mode {kind!r} does not go with seconds={seconds!r}")
        super().__init__(kind=kind, seconds=checked_timeout(seconds))

    @classmethod
    def deferred(cls) -> ConnectWaitMode:
        """Do not wait: a listener without room for another client is a `BlockingIOError`."""
        return cls("deferred")

    @classmethod
    def timeout(cls, seconds: float) -> ConnectWaitMode:
        """Wait at most this long, then raise `TimeoutError`; 0 seconds do not wait."""
        return cls("timeout", seconds)

    @classmethod
    def unbounded(cls) -> ConnectWaitMode:
        """Wait for as long as it takes."""
        return cls("unbounded")

    def __repr__(self) -> str:
        return f"ConnectWaitMode.{self.kind}({'' if self.seconds is None else self.seconds})"


class ListenerOptionsBase(Value):
    """What a listener is made with; checked when made, frozen, comparable.

    - `name`: the address, from `to_fs_name` or `to_ns_name`.
    - `nonblocking`: a `ListenerNonblockingMode`; `None` means `NEITHER`.
    - `reclaim_name`: whether closing the listener removes its socket file. Only ever the file that
      the listener itself made. Names that are not files need no removal.
    - `try_overwrite`: whether to take the address if it is in use. `True` replaces any socket,
      `"if_dead"` only one that nobody listens on. What is no socket is never touched, and an
      address that is not a file cannot be taken from a living holder.
    - `max_spin_time`: how many seconds overwriting may go on trying while others keep changing the
      address; `None` means 1 second.
    - `current_user_only`: whether clients are turned away, before `accept` returns them, unless
      they are the same user's or the administrator's (root; on Windows SYSTEM, Administrators).
      `None` means `True` where the name has no permissions of its own, that is for abstract names
      on Linux and for pipes on Windows; a path is private by its mode. `False` opens them to every
      user of the machine. Unix: the peer's credentials; Windows: the pipe's security descriptor.
    - `send_buffer_size`, `recv_buffer_size`: how many bytes the system should take from each of its
      streams before the client receives them, and from the client before we do; `None` is as many
      as the system takes by itself. Unix: SO_SNDBUF, SO_RCVBUF, and the system may take more or
      refuse what it calls too much (`OSError`); Linux looks at the sender's alone, which for what a
      client sends is the client's option. Windows: the sizes of the pipe's two buffers.
    """

    __slots__ = (
        "name",
        "_nonblocking",
        "reclaim_name",
        "try_overwrite",
        "max_spin_time",
        "current_user_only",
        "send_buffer_size",
        "recv_buffer_size",
    )

    name: NameBase
    _nonblocking: ListenerNonblockingMode | None
    reclaim_name: bool
    try_overwrite: Overwrite
    max_spin_time: float | None
    current_user_only: bool | None
    send_buffer_size: int | None
    recv_buffer_size: int | None

    def __init__(
        self,
        name: NameBase,
        *,
        nonblocking: ListenerNonblockingMode | None = None,
        reclaim_name: bool = True,
        try_overwrite: Overwrite = False,
        max_spin_time: float | None = None,
        current_user_only: bool | None = None,
        send_buffer_size: int | None = None,
        recv_buffer_size: int | None = None,
    ) -> None:
        check_name(name)
        if nonblocking is not None:
            check_nonblocking_mode("nonblocking", nonblocking)
        check_bool("reclaim_name", reclaim_name)
        if not isinstance(try_overwrite, bool) and try_overwrite != "if_dead":
            raise TypeError(
                f"try_overwrite must be True, False or 'if_dead', not {try_overwrite!r}"
            )
        super().__init__(
            name=name,
            _nonblocking=nonblocking,
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=checked_timeout(max_spin_time, "max_spin_time"),
            current_user_only=checked_choice("current_user_only", current_user_only),
            send_buffer_size=checked_option_size("send_buffer_size", send_buffer_size),
            recv_buffer_size=checked_option_size("recv_buffer_size", recv_buffer_size),
        )

    @property
    def nonblocking(self) -> ListenerNonblockingMode:
        """Which calls of the listener and of its streams do not wait."""
        from interprocess._interface.nonblocking_mode import ListenerNonblockingMode

        return self._nonblocking or ListenerNonblockingMode.NEITHER

    @property
    def never_nonblocking(self) -> bool:
        """Whether all of them wait.

        To be asked before `nonblocking`, which has to import something: a server that has given up
        its privileges, or all of the file system, cannot import any more.
        """
        return self._nonblocking is None

    @property
    def spin_time(self) -> float:
        """`max_spin_time` with its default filled in."""
        return DEFAULT_SPIN_TIME if self.max_spin_time is None else self.max_spin_time

    @property
    def buffer_sizes(self) -> BufferSizes | None:
        """`send_buffer_size` and `recv_buffer_size`; `None` if neither was given."""
        return given_sizes(self.send_buffer_size, self.recv_buffer_size)


class ConnectOptionsBase(Value):
    """What a connection is made with; checked when made, frozen, comparable.

    - `name`: the listener's address, from `to_fs_name` or `to_ns_name`.
    - `wait_mode`: a `ConnectWaitMode`; `None` waits for as long as it takes.
    - `timeout`: for how many seconds to wait, the short form of `ConnectWaitMode.timeout(seconds)`;
      0 does not wait. Together with `wait_mode` it is a `ValueError`.
    - `nonblocking_stream`: whether the stream is in nonblocking mode from the start.
    - `current_user_only`: whether a server is refused, with `PermissionError`, unless it is the
      same user's or the administrator's. `None` means `True` for namespaced names on Unix, which
      anybody may take, and otherwise `False`. Unix: the owner of the socket file and the peer's
      credentials, as far as the system tells them; Windows: the owner of the pipe.
    - `wait_for_server`: whether to try again, until the time of `wait_mode` is over, while there is
      no server: nothing of that name, nobody who listens there, or no room.
    - `send_buffer_size`, `recv_buffer_size`: how many bytes the system should take from the stream
      before the server receives them, and from the server before we do, as for a listener. Windows:
      `UnsupportedError`, since the sizes of a pipe's buffers are the server's to choose.
    """

    __slots__ = (
        "name",
        "wait_mode",
        "nonblocking_stream",
        "current_user_only",
        "wait_for_server",
        "send_buffer_size",
        "recv_buffer_size",
    )

    name: NameBase
    wait_mode: ConnectWaitMode
    nonblocking_stream: bool
    current_user_only: bool | None
    wait_for_server: bool
    send_buffer_size: int | None
    recv_buffer_size: int | None

    def __init__(
        self,
        name: NameBase,
        *,
        wait_mode: ConnectWaitMode | None = None,
        timeout: float | None = None,
        nonblocking_stream: bool = False,
        current_user_only: bool | None = None,
        wait_for_server: bool = False,
        send_buffer_size: int | None = None,
        recv_buffer_size: int | None = None,
    ) -> None:
        check_name(name)
        if timeout is not None:
            if wait_mode is not None:
                raise ValueError(f"timeout={timeout!r} does not go with wait_mode={wait_mode!r}")
            wait_mode = ConnectWaitMode.timeout(timeout)
        elif wait_mode is None:
            wait_mode = UNBOUNDED
        if not isinstance(wait_mode, ConnectWaitMode):
            raise TypeError(f"wait_mode must be a ConnectWaitMode, not {wait_mode!r}")
        check_bool("nonblocking_stream", nonblocking_stream)
        check_bool("wait_for_server", wait_for_server)
        if wait_for_server and wait_mode.kind == "deferred":
            raise ValueError("wait_for_server does not go with ConnectWaitMode.deferred()")
        super().__init__(
            name=name,
            wait_mode=wait_mode,
            nonblocking_stream=nonblocking_stream,
            current_user_only=checked_choice("current_user_only", current_user_only),
            wait_for_server=wait_for_server,
            send_buffer_size=checked_option_size("send_buffer_size", send_buffer_size),
            recv_buffer_size=checked_option_size("recv_buffer_size", recv_buffer_size),
        )
        self._check_supported()

    def _check_supported(self) -> None:
        """Raise `UnsupportedError` for what the platform does not let a client choose."""

    @property
    def buffer_sizes(self) -> BufferSizes | None:
        """`send_buffer_size` and `recv_buffer_size`; `None` if neither was given."""
        return given_sizes(self.send_buffer_size, self.recv_buffer_size)

    @property
    def timeout(self) -> float | None:
        """For how many seconds connecting waits, if `wait_mode` says so."""
        return self.wait_mode.seconds

    def replace(self: ConnectOptionsType, **changes: Any) -> ConnectOptionsType:
        """Return a copy with the given options changed, checked as new ones would be.

        Raises `TypeError` for an option that does not exist.
        """
        if "timeout" in changes:
            changes.setdefault("wait_mode", None)
        return super().replace(**changes)

    def _checked(self) -> tuple[Any, ConnectWaitMode, bool, bool | None, bool, BufferSizes | None]:
        """Return the arguments of `Stream._connect`, of each backend and runtime."""
        return (
            self.name,
            self.wait_mode,
            self.nonblocking_stream,
            self.current_user_only,
            self.wait_for_server,
            self.buffer_sizes,
        )


def check_name(name: object) -> None:
    """Refuse what is not a `Name`, with a hint at what makes one."""
    if not isinstance(name, NameBase):
        raise TypeError(
            f"name must be a Name, from to_fs_name(...) or to_ns_name(...), not {name!r}"
        )


def check_nonblocking_mode(what: str, mode: object) -> None:
    """Refuse what is no `ListenerNonblockingMode`."""
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode

    if not isinstance(mode, ListenerNonblockingMode):
        raise TypeError(f"{what} must be a ListenerNonblockingMode, not {mode!r}")


def check_bool(what: str, value: object) -> None:
    """Refuse what is not exactly `True` or `False`: 0, None and '' are mistakes more often."""
    if not isinstance(value, bool):
        raise TypeError(f"{what} must be True or False, not {value!r}")


def checked_choice(what: str, value: bool | None) -> bool | None:
    """Return what is `True`, `False` or `None`, for 'as it is usual'; or raise `TypeError`."""
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{what} must be True, False or None, not {value!r}")
    return value


def checked_mode(mode: int) -> int:
    """Return a file's permissions, or raise `TypeError` or `ValueError`."""
    if isinstance(mode, bool) or not isinstance(mode, int):
        raise TypeError(f"mode must be a number such as 0o600, not {mode!r}")
    if not 0 <= mode <= 0o777:
        raise ValueError(f"mode must be between 0 and 0o777, not {mode:#o}")
    return mode


#: What connecting does unless it is told otherwise.
UNBOUNDED = ConnectWaitMode.unbounded()
