"""AIX 7, from its documentation and CPython's configuration for it; the sources are closed."""

from __future__ import annotations

import errno

from tests.kernels.kernel import (
    NO_AFFINITY,
    NO_SEALS,
    ONLY_LINUX,
    Behaviour,
    Difference,
    Kernel,
    Missing,
)

KERNEL = Kernel(
    name="aix",
    title="AIX",
    platform="aix",
    bindings="_libc_unix_sun_len",
    version="7.2",
    missing=(
        Missing(("getpeerucred",), "only illumos and Solaris have it"),
        NO_SEALS,
        ONLY_LINUX,
        NO_AFFINITY,
        Missing(("FIONREAD",), "sys/ioctl.h, from which CPython's termios alone takes it"),
        Missing(("MSG_DONTWAIT", "MSG_NOSIGNAL"), "send subroutine: MSG_MPEG2, MSG_OOB and others"),
        Missing(("accept4", "SOCK_CLOEXEC", "SOCK_NONBLOCK"), "accept subroutine"),
        Missing(("pipe2",), "pipe subroutine"),
        Missing(("MSG_CMSG_CLOEXEC",), "recv subroutine"),
        Missing(("O_PATH",), "open subroutine"),
        Missing(("SO_PEERCRED",), "getpeereid subroutine instead"),
    ),
    differences=(
        Difference(
            Behaviour.NO_DONTWAIT,
            "recv and send subroutines: MSG_NONBLOCK for receiving alone",
        ),
        Difference(
            Behaviour.FULL_BACKLOG_REFUSES, "connect subroutine: ECONNREFUSED", errno.ECONNREFUSED
        ),
        Difference(Behaviour.LISTEN_LIMIT, "no(1): somaxconn, whose default is 1024", 1024),
        Difference(
            Behaviour.ACCEPTED_INHERITS_NONBLOCK,
            "accept subroutine: a socket with the same properties",
        ),
        Difference(Behaviour.SHUTDOWN_OF_LISTENER, "shutdown subroutine: ENOTCONN", errno.ENOTCONN),
        Difference(Behaviour.SHUTDOWN_AFTER_END, "shutdown subroutine: ENOTCONN", errno.ENOTCONN),
        Difference(
            Behaviour.GETPEERNAME_AFTER_END, "getpeername subroutine: ENOTCONN", errno.ENOTCONN
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND, "fchmod subroutine: of an open file", errno.EINVAL
        ),
        Difference(Behaviour.NO_PROC, "proc file: /proc/self is not there"),
    ),
)
