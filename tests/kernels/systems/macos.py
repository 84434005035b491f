"""macOS, as the sources of xnu-11417.101.15 (macOS 15.4) have it; paths are below bsd/."""

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
    name="macos",
    title="macOS",
    platform="darwin",
    bindings="_libc_darwin",
    version="xnu-11417.101.15",
    missing=(
        NO_SEALS,
        ONLY_LINUX,
        NO_AFFINITY,
        Missing(
            ("accept4", "SOCK_CLOEXEC", "SOCK_NONBLOCK", "pipe2"),
            "kern/syscalls.master has neither call; sys/socket.h has no flags beside SOCK_STREAM",
        ),
        Missing(("MSG_CMSG_CLOEXEC",), "sys/socket.h"),
        Missing(("O_PATH",), "sys/fcntl.h"),
        Missing(("SO_PEERCRED",), "sys/un.h has LOCAL_PEERCRED instead"),
    ),
    differences=(
        Difference(
            Behaviour.SEND_IGNORES_DONTWAIT,
            "kern/uipc_socket.c, sosendcheck: asks for SS_NBIO and MSG_NBIO, not for MSG_DONTWAIT",
        ),
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
            Behaviour.ACCEPTED_INHERITS_NONBLOCK,
            "kern/uipc_socket2.c, sonewconn_internal: so_state is the listener's;"
            " kern/uipc_syscalls.c, accept_nocancel: f_flag is the listener's",
        ),
        Difference(
            Behaviour.ACCEPT_DROPS_CLIENT_AT_LIMIT,
            "kern/uipc_syscalls.c, accept_nocancel: soclose where falloc fails",
        ),
        Difference(
            Behaviour.SHUTDOWN_OF_LISTENER,
            "kern/uipc_socket.c, soshutdown: ENOTCONN unless connected or about to be",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.SHUTDOWN_AFTER_END,
            "kern/uipc_socket.c, soshutdown: ENOTCONN unless connected or about to be",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.SHUTDOWN_TWICE,
            "kern/uipc_socket.c, soshutdownlock_final: ENOTCONN where the direction is shut",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.SETSOCKOPT_AFTER_END,
            "kern/uipc_socket.c, sosetoptlock: EINVAL with SS_CANTRCVMORE and SS_CANTSENDMORE",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.GETPEERNAME_AFTER_END,
            "kern/uipc_syscalls.c, getpeername: EINVAL with SS_CANTRCVMORE and SS_CANTSENDMORE",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.PEER_PID_AFTER_END,
            "kern/uipc_usrreq.c, uipc_ctloutput: ENOTCONN for LOCAL_PEERPID without unp_conn;"
            " LOCAL_PEERCRED is answered",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.NO_ACCEPTCONN,
            "kern/uipc_socket.c, sogetoptlock: not among the options, ENOPROTOOPT",
            errno.ENOPROTOOPT,
        ),
        Difference(
            Behaviour.NOSIGPIPE_INHERITED,
            "kern/uipc_socket2.c, sonewconn_internal: so_flags & SOF_NOSIGPIPE are the listener's",
        ),
        Difference(
            Behaviour.SIGPIPE_GOES_TO_PROCESS,
            "kern/sys_generic.c, dofilewrite: psignal unless FG_NOSIGPIPE;"
            " kern/kern_descrip.c, fcntl_nocancel: F_SETNOSIGPIPE",
        ),
        Difference(
            Behaviour.UNNAMED_ADDRESS,
            "kern/uipc_usrreq.c: sun_noname, of which sizeof is 16",
            14,
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND,
            "vfs/vfs_syscalls.c, fchmod1: file_vnode gives EINVAL for a socket",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.BIND_FOLLOWS_DANGLING_LINK,
            "kern/uipc_usrreq.c, unp_bind: NDINIT with FOLLOW",
        ),
        Difference(Behaviour.CHMOD_LEAVES_LINKS_ALONE, "vfs/vfs_syscalls.c, fchmodat"),
        Difference(Behaviour.NO_PROC, "there is no procfs"),
        Difference(
            Behaviour.FIFO_FILES_COUNT_BYTES,
            "vfs/vfs_vnops.c, filt_vnode_common: a FIFO file's knote is activated by byte counts",
        ),
        Difference(
            Behaviour.SHARED_MEMORY_IS_NO_FILE,
            "kern/posix_shm.c, pshm_truncate: EINVAL with PSHM_ALLOCATED; pshm_stat: st_mode has"
            " the permissions alone",
        ),
    ),
)
