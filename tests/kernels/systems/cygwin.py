"""Cygwin 3; paths are below winsup/cygwin/."""

from __future__ import annotations

import errno

from tests.kernels.kernel import NO_SEALS, ONLY_LINUX, Behaviour, Difference, Kernel, Missing

KERNEL = Kernel(
    name="cygwin",
    title="Cygwin",
    platform="cygwin",
    bindings="_libc_unix",
    version="3",
    missing=(
        Missing(("getpeerucred",), "only illumos and Solaris have it"),
        NO_SEALS,
        ONLY_LINUX,
        Missing(("FIONREAD",), "include/sys/termios.h, which CPython's termios alone reads"),
        Missing(("O_PATH",), "include/fcntl.h has one that CPython is not compiled with"),
        Missing(("SO_PEERCRED",), "a structure of its own, which we do not declare"),
    ),
    differences=(
        Difference(
            Behaviour.FULL_BACKLOG_REFUSES,
            "fhandler/socket_local.cc: a socket of Winsock, which refuses",
            errno.ECONNREFUSED,
        ),
        Difference(Behaviour.LISTEN_LIMIT, "include/cygwin/socket.h: SOMAXCONN", 200),
        Difference(
            Behaviour.SHUTDOWN_OF_LISTENER,
            "fhandler/socket_local.cc, shutdown: Winsock's WSAENOTCONN",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND,
            "fhandler/socket_local.cc, fchmod: no file yet",
            errno.EINVAL,
        ),
    ),
    not_imitated=(
        "connecting a datagram socket to the file of a stream socket is EPROTOTYPE, whether or not"
        " a process has it (fhandler/socket_local.cc, connect: the type is in the file). So"
        " `try_overwrite='if_dead'` takes every socket for a living one, and replaces none."
    ),
)
