"""DragonFly BSD 6; paths are below sys/."""

from __future__ import annotations

import errno

from tests.kernels.kernel import NO_SEALS, ONLY_LINUX, Behaviour, Difference, Kernel, Missing

KERNEL = Kernel(
    name="dragonfly",
    title="DragonFly BSD",
    platform="dragonfly6",
    bindings="_libc_freebsd",
    version="6",
    missing=(
        NO_SEALS,
        ONLY_LINUX,
        Missing(("O_PATH",), "sys/fcntl.h, where its value is that of O_FSYNCWRITE"),
        Missing(("SO_PEERCRED",), "sys/un.h has LOCAL_PEERCRED instead"),
        Missing(("cr_pid",), "sys/ucred.h: struct xucred has no process"),
    ),
    differences=(
        Difference(
            Behaviour.FULL_BACKLOG_REFUSES,
            "kern/uipc_usrreq.c, unp_connect: ECONNREFUSED where sonewconn gives nothing",
            errno.ECONNREFUSED,
        ),
        Difference(
            Behaviour.LISTEN_LIMIT,
            "kern/uipc_socket.c, solisten: at most kern.ipc.somaxconn, whose default is 128",
            128,
        ),
        Difference(
            Behaviour.CONNECT_TO_NO_SOCKET,
            "kern/uipc_usrreq.c, unp_connect: ENOTSOCK unless the vnode is a VSOCK",
            errno.ENOTSOCK,
        ),
        Difference(
            Behaviour.GETPEERNAME_AFTER_END,
            "kern/uipc_syscalls.c, kern_getpeername: ENOTCONN without SS_ISCONNECTED",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.PAIR_HAS_NO_CREDENTIALS,
            "kern/uipc_usrreq.c, uipc_ctloutput: ENOTCONN without UNP_HAVEPC, which unp_connect"
            " sets and unp_connect2, which makes pairs, does not",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.UNNAMED_ADDRESS,
            "kern/uipc_usrreq.c: sun_noname, of which sizeof is 16",
            14,
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND,
            "kern/vfs_syscalls.c, sys_fchmod: holdvnode gives EINVAL for a socket",
            errno.EINVAL,
        ),
        Difference(Behaviour.CHMOD_LEAVES_LINKS_ALONE, "kern/vfs_syscalls.c, sys_fchmodat"),
        Difference(Behaviour.NO_PROC, "vfs/procfs: the directory of a process has no fd"),
        Difference(
            Behaviour.FIFO_ENDED_BEFORE_FIRST_SENDER,
            "suspected, not seen: vfs/fifofs/fifo_vnops.c, filt_fiforead",
        ),
    ),
)
