"""The options of listeners and connections that are the same on every platform."""

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

    #: Overwrite an address in use: never, always, or only if its listener is dead.
    Overwrite = Union[bool, Literal["if_dead"]]

    ConnectOptionsType = TypeVar("ConnectOptionsType", bound="ConnectOptionsBase")

#: Seconds for which a listener tries to overwrite an address that other processes keep changing.
DEFAULT_SPIN_TIME = 1.0

#: The default permissions of a socket file: no access for other users.
PRIVATE_MODE = 0o600


class ConnectWaitMode(Value):
    """The way in which connecting waits for a listener without room.

    Made by `deferred()`, `timeout(seconds)` and `unbounded()`.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ("kind", "seconds")

    if TYPE_CHECKING:
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
        """Do not wait: raise `BlockingIOError` if the listener has no room for another client."""
        return cls("deferred")

    @classmethod
    def timeout(cls, seconds: float) -> ConnectWaitMode:
        """Wait at most this long, then raise `TimeoutError`; 0 seconds do not wait."""
        return cls("timeout", seconds)

    @classmethod
    def unbounded(cls) -> ConnectWaitMode:
        """Wait without a limit."""
        return cls("unbounded")

    def __repr__(self) -> str:
        return f"ConnectWaitMode.{self.kind}({'' if self.seconds is None else self.seconds})"


class ListenerOptionsBase(Value):
    """The options of a listener; checked when made, frozen, comparable.

    - `name`: the address, from `to_fs_name` or `to_ns_name`.
    - `nonblocking`: a `ListenerNonblockingMode`; `None` means `NEITHER`.
    - `reclaim_name`: whether closing the listener removes its socket file; it removes only a file
      that the listener itself made. Names that are not files need no removal.
    - `try_overwrite`: whether to take the address if it is in use. `True` replaces any socket,
      `"if_dead"` only one without a listener. Other kinds of file are never touched, and an address
      that is not a file cannot be taken from a living listener.
    - `max_spin_time`: the number of seconds for which overwriting may be retried while other
      processes keep changing the address; `None` means 1 second.
    - `current_user_only`: whether to admit only clients of the same user or the administrator
      (root; on Windows SYSTEM, Administrators). `accept` never returns other clients. `None` means
      `True` for names without permissions of their own, that is abstract names on Linux and pipes
      on Windows; a path is private by its mode. `False` admits every user of the machine. Unix: the
      peer's credentials; Windows: the pipe's security descriptor.
    - `send_buffer_size`, `recv_buffer_size`: the number of bytes that the system should buffer in
      each direction of an accepted stream; `None` is the system's default. Unix: SO_SNDBUF,
      SO_RCVBUF; the system may buffer more, or refuse a size that is too large (`OSError`). Linux
      uses only the sender's size, so the client's option limits what the client sends. Windows: the
      sizes of the pipe's two buffers.
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
        """The nonblocking mode of the listener and of its streams."""
        from interprocess._interface.nonblocking_mode import ListenerNonblockingMode

        return self._nonblocking or ListenerNonblockingMode.NEITHER

    @property
    def never_nonblocking(self) -> bool:
        """True if all of them wait.

        Use it before `nonblocking`, which has to import a module: a server that has dropped its
        privileges or its access to the file system can no longer import.
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
    """The options of a connection; checked when made, frozen, comparable.

    - `name`: the listener's address, from `to_fs_name` or `to_ns_name`.
    - `wait_mode`: a `ConnectWaitMode`; `None` waits without a limit.
    - `timeout`: the number of seconds to wait, short for `ConnectWaitMode.timeout(seconds)`; 0 does
      not wait. Giving both `timeout` and `wait_mode` raises `ValueError`.
    - `nonblocking_stream`: whether the stream is in nonblocking mode from the start.
    - `current_user_only`: whether to refuse, with `PermissionError`, a server of another user,
      except the administrator. `None` means `True` for namespaced names on Unix, which any user may
      take, and otherwise `False`. Unix: checks the owner of the socket file and the peer's
      credentials, as far as the system reports them; Windows: checks the owner of the pipe.
    - `wait_for_server`: whether to try again, until the time of `wait_mode` is over, while there is
      no server: the name does not exist, has no listener, or the listener has no room.
    - `send_buffer_size`, `recv_buffer_size`: the number of bytes that the system should buffer in
      each direction, as for a listener. Windows: `UnsupportedError`, since the server chooses the
      sizes of a pipe's buffers.
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
        """Raise `UnsupportedError` for options that the platform does not let a client choose."""

    @property
    def buffer_sizes(self) -> BufferSizes | None:
        """`send_buffer_size` and `recv_buffer_size`; `None` if neither was given."""
        return given_sizes(self.send_buffer_size, self.recv_buffer_size)

    @property
    def timeout(self) -> float | None:
        """The seconds for which connecting waits, if `wait_mode` sets a limit."""
        return self.wait_mode.seconds

    def replace(self: ConnectOptionsType, **changes: Any) -> ConnectOptionsType:
        """Return a copy with the given options changed, checked as new ones would be.

        Raises `TypeError` for an option that does not exist.
        """
        if "timeout" in changes:
            changes.setdefault("wait_mode", None)
        return super().replace(**changes)

    def _checked(self) -> tuple[Any, ConnectWaitMode, bool, bool | None, bool, BufferSizes | None]:
        """Return the arguments of `Stream._connect`, the same for every backend and runtime."""
        return (
            self.name,
            self.wait_mode,
            self.nonblocking_stream,
            self.current_user_only,
            self.wait_for_server,
            self.buffer_sizes,
        )


def check_name(name: object) -> None:
    """Raise `TypeError` for an object that is not a `Name`, and say how to make one."""
    if not isinstance(name, NameBase):
        raise TypeError(
            f"name must be a Name, from to_fs_name(...) or to_ns_name(...), not {name!r}"
        )


def check_nonblocking_mode(what: str, mode: object) -> None:
    """Raise `TypeError` for an object that is not a `ListenerNonblockingMode`."""
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode

    if not isinstance(mode, ListenerNonblockingMode):
        raise TypeError(f"{what} must be a ListenerNonblockingMode, not {mode!r}")


def check_bool(what: str, value: object) -> None:
    """Raise `TypeError` unless VALUE is `True` or `False`: 0, None and '' are mostly mistakes."""
    if not isinstance(value, bool):
        raise TypeError(f"{what} must be True or False, not {value!r}")


def checked_choice(what: str, value: bool | None) -> bool | None:
    """Return VALUE if it is `True`, `False` or `None` (the default); else raise `TypeError`."""
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{what} must be True, False or None, not {value!r}")
    return value


def checked_mode(mode: int) -> int:
    """Return MODE, a file's permissions, or raise `TypeError` or `ValueError`."""
    if isinstance(mode, bool) or not isinstance(mode, int):
        raise TypeError(f"mode must be a number such as 0o600, not {mode!r}")
    if not 0 <= mode <= 0o777:
        raise ValueError(f"mode must be between 0 and 0o777, not {mode:#o}")
    return mode


#: The default wait mode of connecting.
UNBOUNDED = ConnectWaitMode.unbounded()
