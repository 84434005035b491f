"""Directions, roles, modes and times of named pipes: values alone, without a call to the system."""

from __future__ import annotations

import enum
from math import ceil

from interprocess._interface.sizes import checked_number
from interprocess._interface.timeouts import checked_timeout
from interprocess._interface.value import Value


class PipeMode(enum.Enum):
    """How a pipe transfers data."""

    __module__ = "interprocess.os.windows.named_pipe"

    BYTES = "bytes"
    """As a stream: the receiver does not see in which portions it was sent."""
    MESSAGES = "messages"
    """As messages: each is received as it was sent, an empty one too."""


class PipeStreamRole(enum.Enum):
    """What one end of a pipe does."""

    __module__ = "interprocess.os.windows.named_pipe"

    RECVER = 1
    """It only receives."""
    SENDER = 2
    """It only sends."""
    RECVER_AND_SENDER = 3
    """It does both."""

    @classmethod
    def of_modes(cls, recv_mode: PipeMode | None, send_mode: PipeMode | None) -> PipeStreamRole:
        """Return the role of an end that receives and sends in these modes, `None` for not at all.

        Raises `TypeError` for what is no mode and `ValueError` if it does neither.
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
    """In which direction a pipe transfers data; the numbers are those of `PIPE_ACCESS_…`."""

    __module__ = "interprocess.os.windows.named_pipe"

    CLIENT_TO_SERVER = 1
    """The client sends and the server receives: `PIPE_ACCESS_INBOUND`."""
    SERVER_TO_CLIENT = 2
    """The server sends and the client receives: `PIPE_ACCESS_OUTBOUND`."""
    DUPLEX = 3
    """Both: `PIPE_ACCESS_DUPLEX`."""

    def server_role(self) -> PipeStreamRole:
        """Return what the server's end does."""
        return PipeStreamRole(self.value)

    def client_role(self) -> PipeStreamRole:
        """Return what the client's end does."""
        return self.server_role().peer


class WaitTimeout(Value):
    """How long clients wait for a free instance if they leave it to the server.

    WaitNamedPipeW function.

    `milliseconds` is what the system wants: 0 for its default, 0xFFFFFFFF for ever.

    Our own clients wait as their `ConnectWaitMode` says.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    __slots__ = ("milliseconds",)

    milliseconds: int

    #: What the system takes if nobody says anything: 50 milliseconds.
    DEFAULT: WaitTimeout
    #: The shortest time that can be said: 1 millisecond.
    MIN: WaitTimeout
    #: The longest time that ends: a millisecond less than 50 days.
    MAX: WaitTimeout
    #: No end.
    FOREVER: WaitTimeout

    def __init__(self, milliseconds: int) -> None:
        super().__init__(milliseconds=checked_number("milliseconds", milliseconds, 0, 0xFFFFFFFF))

    @classmethod
    def from_seconds(cls, seconds: float | None) -> WaitTimeout:
        """Return the nearest time that can be said, not less than SECONDS; `None` is for ever.

        What is shorter than `MIN` or longer than `MAX` becomes that. Raises as all timeouts do.
        """
        seconds = checked_timeout(seconds)
        if seconds is None:
            return cls.FOREVER
        if seconds >= cls.MAX.milliseconds / 1000:
            return cls.MAX
        return cls(max(cls.MIN.milliseconds, ceil(seconds * 1000)))

    def to_seconds(self) -> float | None:
        """Return the time in seconds, `None` for ever."""
        if self == self.FOREVER:
            return None
        return (self.milliseconds or 50) / 1000


WaitTimeout.DEFAULT = WaitTimeout(0)
WaitTimeout.MIN = WaitTimeout(1)
WaitTimeout.MAX = WaitTimeout(0xFFFFFFFE)
WaitTimeout.FOREVER = WaitTimeout(0xFFFFFFFF)
