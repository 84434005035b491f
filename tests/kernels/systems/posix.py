"""Some other POSIX system: what the standard promises, and nothing that it leaves open."""

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
    name="posix",
    title="another POSIX system",
    platform="unheardof1",
    bindings="_libc_unix",
    version="POSIX.1-2017",
    missing=(
        Missing(("getpeerucred",), "only illumos and Solaris have it"),
        NO_SEALS,
        ONLY_LINUX,
        NO_AFFINITY,
        Missing(("FIONREAD",), "not in the standard"),
        Missing(("MSG_CMSG_CLOEXEC", "MSG_DONTWAIT"), "<sys/socket.h> before POSIX.1-2024"),
        Missing(("accept4", "SOCK_CLOEXEC", "SOCK_NONBLOCK", "pipe2"), "before POSIX.1-2024"),
        Missing(("O_PATH", "SO_PEERCRED"), "not in the standard"),
    ),
    differences=(
        Difference(Behaviour.NO_DONTWAIT, "<sys/socket.h> before POSIX.1-2024"),
        Difference(Behaviour.FULL_BACKLOG_REFUSES, "connect(): ECONNREFUSED", errno.ECONNREFUSED),
        Difference(Behaviour.LISTEN_LIMIT, "<sys/socket.h>: SOMAXCONN, at least", 128),
        Difference(
            Behaviour.CONNECT_GOES_ON, "connect(): EINPROGRESS with O_NONBLOCK", errno.EINPROGRESS
        ),
        Difference(Behaviour.ACCEPTED_INHERITS_NONBLOCK, "accept(): left open"),
        Difference(Behaviour.SHUTDOWN_OF_LISTENER, "shutdown(): ENOTCONN", errno.ENOTCONN),
        Difference(Behaviour.SHUTDOWN_AFTER_END, "shutdown(): ENOTCONN", errno.ENOTCONN),
        Difference(Behaviour.GETPEERNAME_AFTER_END, "getpeername(): ENOTCONN", errno.ENOTCONN),
        Difference(Behaviour.NO_FCHMOD_BEFORE_BIND, "fchmod(): unspecified", errno.EINVAL),
        Difference(Behaviour.NO_PROC, "not in the standard"),
    ),
)
