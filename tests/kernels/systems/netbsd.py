"""NetBSD 10; paths are below sys/."""

from __future__ import annotations

import errno

from tests.kernels.kernel import (
    EFTYPE,
    NO_AFFINITY,
    NO_SEALS,
    ONLY_LINUX,
    Behaviour,
    Difference,
    Kernel,
    Missing,
)

KERNEL = Kernel(
    name="netbsd",
    title="NetBSD",
    platform="netbsd10",
    bindings="_libc_netbsd",
    version="10",
    missing=(
        NO_SEALS,
        ONLY_LINUX,
        NO_AFFINITY,
        Missing(("O_PATH",), "sys/fcntl.h"),
        Missing(("SO_PEERCRED",), "sys/un.h has LOCAL_PEEREID instead"),
    ),
    differences=(
        Difference(
            Behaviour.SEND_IGNORES_DONTWAIT,
            "kern/uipc_socket.c, sosend: asks for SS_NBIO before it waits for room",
        ),
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
            Behaviour.GETPEERNAME_AFTER_END,
            "kern/uipc_syscalls.c, do_sys_getpeername: ENOTCONN without SS_ISCONNECTED",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.PAIR_HAS_NO_CREDENTIALS,
            "kern/uipc_usrreq.c, uipc_ctloutput: EINVAL for LOCAL_PEEREID where unp_connect has"
            " not set UNP_EIDSVALID",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.SIGPIPE_GOES_TO_PROCESS,
            "kern/sys_generic.c, dofilewrite: psignal unless FNOSIGPIPE; fcntl(2): F_SETNOSIGPIPE",
        ),
        Difference(
            Behaviour.UNNAMED_ADDRESS,
            "kern/uipc_usrreq.c: sun_noname, as long as a struct sockaddr_un",
            104,
        ),
        Difference(
            Behaviour.SEND_TIMEOUT_LIMIT,
            "kern/uipc_socket.c, sosetopt1: EDOM for what does not fit into an int of ticks",
            2**31 // 100,
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND,
            "kern/vfs_syscalls.c, sys_fchmod: fd_getvnode gives EINVAL for a socket",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.BIND_FOLLOWS_DANGLING_LINK,
            "kern/uipc_usrreq.c, unp_bind: NDINIT with FOLLOW",
        ),
        Difference(Behaviour.CHMOD_LEAVES_LINKS_ALONE, "kern/vfs_syscalls.c, do_sys_chmodat"),
        Difference(Behaviour.NOFOLLOW_HAS_AN_ERROR, "open(2): EFTYPE", EFTYPE),
        Difference(Behaviour.NO_PROC, "procfs need not be mounted"),
        Difference(
            Behaviour.SHARED_MEMORY_IS_A_FILE,
            "../lib/librt/shm.c, shm_open: open of a file in /var/shm, a tmpfs",
        ),
    ),
)
