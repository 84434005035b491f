"""What a description of a kernel is made of: how it differs from Linux, each point with its source.

`systems/` has one description for each system. `library.py` and `modules.py` act on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: An error that Linux does not have, under the number that it has in the BSDs.
EFTYPE = 79


class Behaviour(Enum):
    """A way of differing from Linux, in the words of the documentation."""

    # Sending and receiving
    SEND_IGNORES_DONTWAIT = (
        "`MSG_DONTWAIT` does not keep a send from waiting for room: only `O_NONBLOCK` does"
    )
    NO_DONTWAIT = "there is no `MSG_DONTWAIT`: only `O_NONBLOCK` keeps a call from waiting"
    # Connecting and accepting
    FULL_BACKLOG_REFUSES = "connecting to a listener whose backlog is full is refused at once"
    LISTEN_LIMIT = "the backlog of a listener is limited"
    CONNECT_GOES_ON = "a nonblocking connect may answer EINPROGRESS and go on"
    CONNECT_TO_NO_SOCKET = "connecting to a file that is no socket has its own error"
    ACCEPTED_INHERITS_NONBLOCK = "an accepted socket is in nonblocking mode if its listener is"
    ACCEPT_DROPS_CLIENT_AT_LIMIT = (
        "accepting at the limit of open descriptors fails, and drops the client"
    )
    SHUTDOWN_OF_LISTENER = "shutdown(2) on a listener is an error and need wake no accept(2)"
    DATAGRAM_TO_NOBODY = "connecting a datagram socket to an unused socket file has its own error"
    PATH_NEEDS_NUL = "a path that fills its address, without a NUL after it, is refused"
    # After the end
    SHUTDOWN_AFTER_END = "shutdown(2) fails once the peer has left"
    SHUTDOWN_TWICE = "shutdown(2) of a direction that is shut already fails"
    SETSOCKOPT_AFTER_END = "setsockopt(2) fails once both directions are shut"
    GETPEERNAME_AFTER_END = "getpeername(2) fails once the peer has left"
    PEER_PID_AFTER_END = "the peer's process id cannot be asked once the peer has left"
    # What can be asked and set
    NO_ACCEPTCONN = "whether a socket listens cannot be asked with `SO_ACCEPTCONN`"
    NOSIGPIPE_INHERITED = "an accepted socket has its listener's `SO_NOSIGPIPE`"
    SIGPIPE_GOES_TO_PROCESS = (
        "the SIGPIPE of a pipe goes to the process, of which any thread may take it, unless"
        " `F_SETNOSIGPIPE` keeps it off"
    )
    CREDENTIALS_AFTER_END = "the peer's credentials cannot be asked once the peer has left"
    PAIR_HAS_NO_CREDENTIALS = "the ends of socketpair(2) have no peer credentials"
    UNNAMED_ADDRESS = "the address of an unnamed socket consists of NUL bytes"
    SEND_TIMEOUT_LIMIT = "SO_SNDTIMEO has a maximum, in seconds"
    # Files
    NO_FCHMOD_BEFORE_BIND = "fchmod(2) on a socket fails, so the umask alone decides at bind(2)"
    BIND_FOLLOWS_DANGLING_LINK = "bind(2) follows a symbolic link that leads nowhere"
    CHMOD_LEAVES_LINKS_ALONE = "chmod can leave symbolic links alone (fchmodat, lchmod)"
    NOFOLLOW_HAS_AN_ERROR = "open(2) with `O_NOFOLLOW` of a symbolic link has its own error"
    NO_PROC = "an open file has no name under /proc/self/fd"
    FIFO_FILES_COUNT_BYTES = (
        "poll(2) on a FIFO file counts bytes: it tells neither the end nor that the reader has"
        " gone, and calls it writable when a byte is free"
    )
    FIFO_ENDED_BEFORE_FIRST_SENDER = "a FIFO reads as ended until its first sender has come"
    # Shared memory
    SHARED_MEMORY_IS_NO_FILE = (
        "shared memory gets its size once, and fstat(2) calls it no kind of file"
    )
    SHARED_MEMORY_IS_A_FILE = (
        "shared memory is a file, which everybody who may write it can shrink: touching what was"
        " cut off ends a process"
    )


@dataclass(frozen=True)
class Difference:
    """One way in which a kernel differs from Linux, and where that is written.

    `value` is the error, the limit or the number that the behaviour has there.
    """

    behaviour: Behaviour
    source: str
    value: int = 0


@dataclass(frozen=True)
class Missing:
    """What Linux has and it has not: functions of the C library, and what Python's modules offer.

    A constant may be another system's too, with another value and another meaning: then what the
    bindings declare for it is the value.
    """

    names: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Kernel:
    """One system: how Python calls it, and how it differs from Linux."""

    name: str
    title: str
    #: What `sys.platform` says there.
    platform: str
    #: The module of `interprocess._bindings` that is made for it.
    bindings: str
    #: Which version was looked at.
    version: str
    missing: tuple[Missing, ...]
    differences: tuple[Difference, ...]
    #: What the imitation does not have, with its source.
    not_imitated: str = ""

    def has(self, behaviour: Behaviour) -> bool:
        """Return whether the kernel behaves like this."""
        return any(each.behaviour is behaviour for each in self.differences)

    def value(self, behaviour: Behaviour) -> int:
        """Return the value of a behaviour that the kernel has."""
        for each in self.differences:
            if each.behaviour is behaviour:
                return each.value
        raise KeyError(behaviour)

    def lacks(self, name: str) -> bool:
        """Return whether it lacks a constant or function of this name."""
        return any(name in each.names for each in self.missing)


#: What only Linux has: no other system lacks less.
ONLY_LINUX = Missing(
    (
        *("SO_PEERGROUPS", "SO_PEERPIDFD", "SO_PASSCRED", "RENAME_EXCHANGE", "RENAME_NOREPLACE"),
        *("renameat2", "F_SETPIPE_SZ", "F_GETPIPE_SZ", "pidfd_open"),
        *("MFD_NOEXEC_SEAL", "F_SEAL_FUTURE_WRITE"),
    ),
    "Linux's manual pages: STANDARDS, Linux",
)

#: What some have besides Linux, as far as CPython offers it.
NO_AFFINITY = Missing(
    ("sched_getaffinity", "sched_setaffinity"), "CPython's configure: no sched_setaffinity"
)

#: What Linux and FreeBSD alone have.
NO_SEALS = Missing(
    (
        *("memfd_create", "MFD_CLOEXEC", "MFD_ALLOW_SEALING", "F_ADD_SEALS", "F_GET_SEALS"),
        *("F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE"),
    ),
    "memfd_create(2) of Linux and FreeBSD, which no other system has in this version",
)
