"""OpenBSD 7; paths are below sys/."""

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
    name="openbsd",
    title="OpenBSD",
    platform="openbsd7",
    bindings="_libc_openbsd",
    version="7",
    missing=(
        NO_SEALS,
        ONLY_LINUX,
        NO_AFFINITY,
        Missing(("O_PATH",), "sys/fcntl.h"),
        Missing(("SO_PEERCRED",), "sys/socket.h has one with another structure and value"),
    ),
    differences=(
        Difference(
            Behaviour.FULL_BACKLOG_REFUSES,
            "kern/uipc_usrreq.c, unp_connect: ECONNREFUSED where sonewconn gives nothing",
            errno.ECONNREFUSED,
        ),
        Difference(
            Behaviour.LISTEN_LIMIT,
            "kern/uipc_socket.c, solisten: at most kern.somaxconn, whose default is 128",
            128,
        ),
        Difference(
            Behaviour.CONNECT_TO_NO_SOCKET,
            "kern/uipc_usrreq.c, unp_connect: ENOTSOCK unless the vnode is a VSOCK",
            errno.ENOTSOCK,
        ),
        Difference(
            Behaviour.PATH_NEEDS_NUL,
            "kern/uipc_usrreq.c, uipc_bind: EINVAL where strnlen finds no end",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.ACCEPTED_INHERITS_NONBLOCK,
            "kern/uipc_syscalls.c, sys_accept: SOCK_NONBLOCK_INHERIT; sys_accept4 does without",
        ),
        Difference(
            Behaviour.GETPEERNAME_AFTER_END,
            "kern/uipc_syscalls.c, sys_getpeername: ENOTCONN without SS_ISCONNECTED",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.PAIR_HAS_NO_CREDENTIALS,
            "kern/uipc_socket.c, sogetopt: ENOTCONN for SO_PEERCRED where unp_connect has not"
            " set UNP_FEIDS",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.UNNAMED_ADDRESS,
            "kern/uipc_usrreq.c: sun_noname, of which sizeof is 16",
            14,
        ),
        Difference(
            Behaviour.SEND_TIMEOUT_LIMIT,
            "kern/uipc_socket.c, sosetopt: EDOM for what does not fit into a count of ticks",
            327,
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND,
            "kern/vfs_syscalls.c, sys_fchmod: getvnode gives EINVAL for a socket",
            errno.EINVAL,
        ),
        Difference(Behaviour.CHMOD_LEAVES_LINKS_ALONE, "kern/vfs_syscalls.c, dofchmodat"),
        Difference(Behaviour.NO_PROC, "there is no procfs since 5.7"),
        Difference(
            Behaviour.SHARED_MEMORY_IS_A_FILE,
            "../lib/libc/gen/shm_open.c: open of a file in /tmp",
        ),
    ),
)
