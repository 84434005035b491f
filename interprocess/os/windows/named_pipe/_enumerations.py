"""Directions, roles, modes and timeouts of named pipes: plain values, without system calls."""

from __future__ import annotations

import enum
from math import ceil

from interprocess._interface.sizes import checked_number
from interprocess._interface.timeouts import checked_timeout
from interprocess._interface.value import Value


class PipeMode(enum.Enum):
    """The way in which a pipe transfers data."""

    __module__ = "interprocess.os.windows.named_pipe"

    BYTES = "bytes"
    """As a byte stream, without boundaries between the sent portions."""
    MESSAGES = "messages"
    """As messages: each is received as it was sent, even an empty one."""


class PipeStreamRole(enum.Enum):
    """The role of one end of a pipe."""

    __module__ = "interprocess.os.windows.named_pipe"

    RECVER = 1
    """The end only receives."""
    SENDER = 2
    """The end only sends."""
    RECVER_AND_SENDER = 3
    """The end does both."""

    @classmethod
    def of_modes(cls, recv_mode: PipeMode | None, send_mode: PipeMode | None) -> PipeStreamRole:
        """Return the role of an end with these modes; `None` means that it lacks that direction.

        Raises `TypeError` for an invalid mode and `ValueError` if both are `None`.
        """
        for what, mode in (("recv_mode", recv_mode), ("send_mode", send_mode)):
            if mode is not None and not isinstance(mode, PipeMode):
                raise TypeError(f"{what} must be a PipeMode or None, not {mode!r}")
        if recv_mode is None and send_mode is None:
            raise ValueError("recv_mode and send_mode must not both be None: it would do nothing")
        return cls((recv_mode is not None) | (send_mode is not None) << 1)

    @property
    def peer(self) -> PipeStreamRole:
        """The role of the other end."""
        return PipeStreamRole(self.value >> 1 | self.value << 1 & 3)

    def direction_as_server(self) -> PipeDirection:
        """Return the direction of a pipe whose server has this role."""
        return PipeDirection(self.value)

    def direction_as_client(self) -> PipeDirection:
        """Return the direction of a pipe whose client has this role."""
        return self.peer.direction_as_server()


class PipeDirection(enum.Enum):
    """The direction of a pipe; the numbers are those of `PIPE_ACCESS_…`."""

    __module__ = "interprocess.os.windows.named_pipe"

    CLIENT_TO_SERVER = 1
    """The client sends and the server receives: `PIPE_ACCESS_INBOUND`."""
    SERVER_TO_CLIENT = 2
    """The server sends and the client receives: `PIPE_ACCESS_OUTBOUND`."""
    DUPLEX = 3
    """Both: `PIPE_ACCESS_DUPLEX`."""

    def server_role(self) -> PipeStreamRole:
        """Return the role of the server's end."""
        return PipeStreamRole(self.value)

    def client_role(self) -> PipeStreamRole:
        """Return the role of the client's end."""
        return self.server_role().peer


class WaitTimeout(Value):
    """The server's default timeout for clients that wait for a free instance.

    WaitNamedPipeW function.

    `milliseconds` is the system's value: 0 for its default, 0xFFFFFFFF forever. Our own clients
    use their `ConnectWaitMode` instead.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    __slots__ = ("milliseconds",)

    milliseconds: int

    #: The system's default: 50 milliseconds.
    DEFAULT: WaitTimeout
    #: The shortest timeout: 1 millisecond.
    MIN: WaitTimeout
    #: The longest finite timeout: just under 50 days.
    MAX: WaitTimeout
    #: No limit.
    FOREVER: WaitTimeout

    def __init__(self, milliseconds: int) -> None:
        super().__init__(milliseconds=checked_number("milliseconds", milliseconds, 0, 0xFFFFFFFF))

    @classmethod
    def from_seconds(cls, seconds: float | None) -> WaitTimeout:
        """Return the timeout of SECONDS, rounded up to a millisecond; `None` is forever.

        It is limited to the range from `MIN` to `MAX`. Raises as all timeouts do.
        """
        seconds = checked_timeout(seconds)
        if seconds is None:
            return cls.FOREVER
        if seconds >= cls.MAX.milliseconds / 1000:
            return cls.MAX
        return cls(max(cls.MIN.milliseconds, ceil(seconds * 1000)))

    def to_seconds(self) -> float | None:
        """Return the timeout in seconds, `None` forever."""
        if self == self.FOREVER:
            return None
        return (self.milliseconds or 50) / 1000


WaitTimeout.DEFAULT = WaitTimeout(0)
WaitTimeout.MIN = WaitTimeout(1)
WaitTimeout.MAX = WaitTimeout(0xFFFFFFFE)
WaitTimeout.FOREVER = WaitTimeout(0xFFFFFFFF)
