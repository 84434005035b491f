"""FreeBSD 14; paths are below sys/."""

from __future__ import annotations

import errno

from tests.kernels.kernel import ONLY_LINUX, Behaviour, Difference, Kernel, Missing

KERNEL = Kernel(
    name="freebsd",
    title="FreeBSD",
    platform="freebsd14",
    bindings="_libc_freebsd",
    version="14",
    missing=(
        ONLY_LINUX,
        Missing(("SO_PEERCRED",), "sys/un.h has LOCAL_PEERCRED instead"),
    ),
    differences=(
        Difference(
            Behaviour.FULL_BACKLOG_REFUSES,
            "kern/uipc_usrreq.c, unp_connectat: ECONNREFUSED where sonewconn gives nothing",
            errno.ECONNREFUSED,
        ),
        Difference(
            Behaviour.LISTEN_LIMIT,
            "kern/uipc_socket.c, solisten_proto: at most kern.ipc.soacceptqueue, whose default is"
            " 128",
            128,
        ),
        Difference(
            Behaviour.CONNECT_TO_NO_SOCKET,
            "kern/uipc_usrreq.c, unp_connectat: ENOTSOCK unless the vnode is a VSOCK",
            errno.ENOTSOCK,
        ),
        Difference(
            Behaviour.ACCEPTED_INHERITS_NONBLOCK,
            "kern/uipc_syscalls.c, sys_accept: ACCEPT4_INHERIT; sys_accept4 does without",
        ),
        Difference(
            Behaviour.SHUTDOWN_OF_LISTENER,
            "kern/uipc_socket.c, soshutdown: ENOTCONN, though accept(2) is woken there",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.SHUTDOWN_AFTER_END,
            "kern/uipc_socket.c, soshutdown: ENOTCONN unless connected or about to be",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.GETPEERNAME_AFTER_END,
            "kern/uipc_syscalls.c, kern_getpeername: ENOTCONN without SS_ISCONNECTED",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.UNNAMED_ADDRESS,
            "kern/uipc_usrreq.c: sun_noname, of which sizeof is 16",
            14,
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND,
            "kern/sys_socket.c: soo_chmod is there since 14.0 only; before, EINVAL",
            errno.EINVAL,
        ),
        Difference(Behaviour.CHMOD_LEAVES_LINKS_ALONE, "kern/vfs_syscalls.c, kern_fchmodat"),
        Difference(Behaviour.NOFOLLOW_HAS_AN_ERROR, "open(2): EMLINK", errno.EMLINK),
        Difference(
            Behaviour.NO_PROC,
            "fs/procfs/procfs.c, procfs_init: the directory of a process has no fd; and it is not"
            " mounted unless asked for",
        ),
    ),
)
