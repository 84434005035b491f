"""Haiku R1; paths are below src/ where nothing else is said."""

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
    name="haiku",
    title="Haiku",
    platform="haiku1",
    bindings="_libc_unix_sun_len",
    version="R1/beta4",
    missing=(
        Missing(("getpeerucred",), "only illumos and Solaris have it"),
        NO_SEALS,
        ONLY_LINUX,
        NO_AFFINITY,
        Missing(("FIONREAD",), "headers/posix/termios.h, which CPython's termios alone reads"),
        Missing(
            ("accept4", "SOCK_CLOEXEC", "SOCK_NONBLOCK", "MSG_NOSIGNAL"),
            "headers/posix/sys/socket.h before R1/beta5",
        ),
        Missing(("pipe2",), "headers/posix/unistd.h before R1/beta5"),
        Missing(("MSG_CMSG_CLOEXEC",), "headers/posix/sys/socket.h"),
        Missing(("O_PATH",), "headers/posix/fcntl.h"),
        Missing(("SO_PEERCRED",), "a value and a structure of its own, which we do not declare"),
    ),
    differences=(
        Difference(
            Behaviour.FULL_BACKLOG_REFUSES,
            "add-ons/kernel/network/protocols/unix/UnixEndpoint.cpp, Connect: what"
            " spawn_pending_socket answers",
            errno.ECONNREFUSED,
        ),
        Difference(Behaviour.LISTEN_LIMIT, "headers/posix/sys/socket.h: SOMAXCONN, 32", 32),
        Difference(
            Behaviour.CONNECT_TO_NO_SOCKET,
            "UnixEndpoint.cpp, Connect: B_BAD_VALUE unless it is S_ISSOCK",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.PATH_NEEDS_NUL,
            "UnixEndpoint.cpp, Bind and Connect: B_BAD_VALUE where strnlen finds no end",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.SHUTDOWN_OF_LISTENER,
            "UnixEndpoint.cpp, Shutdown: ENOTCONN unless connected",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.SHUTDOWN_AFTER_END,
            "UnixEndpoint.cpp, Shutdown: ENOTCONN unless connected",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND,
            "UnixEndpoint.cpp, Bind: S_IFSOCK | 0644 whatever the socket",
            errno.EINVAL,
        ),
        Difference(Behaviour.NO_PROC, "there is no procfs"),
    ),
    not_imitated=(
        "there are no datagram sockets yet (likely: add-ons/kernel/network/protocols/unix/"
        "UnixDatagramEndpoint.cpp came later). So `try_overwrite='if_dead'` takes every socket for"
        " a living one, and replaces none."
    ),
)
