"""illumos (OpenIndiana, OmniOS, SmartOS); paths are below usr/src/uts/common/."""

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
    name="illumos",
    title="illumos",
    platform="sunos5",
    bindings="_libc_unix",
    version="2023",
    missing=(
        NO_SEALS,
        ONLY_LINUX,
        NO_AFFINITY,
        Missing(("FIONREAD",), "sys/filio.h, from which CPython's termios alone takes it"),
        Missing(("O_PATH",), "sys/fcntl.h"),
        Missing(("SO_PEERCRED",), "sys/socket.h; getpeerucred(3C) instead"),
    ),
    differences=(
        Difference(
            Behaviour.FULL_BACKLOG_REFUSES,
            "io/tl.c, tl_conn_req: refused where te_nicon has reached te_qlen",
            errno.ECONNREFUSED,
        ),
        Difference(
            Behaviour.LISTEN_LIMIT,
            "io/tl.c: tl_maxqlen, whose default is 4096; the tests use fewer",
            4096,
        ),
        Difference(
            Behaviour.CONNECT_GOES_ON,
            "suspected, not seen: fs/sockfs/socktpi.c, sotpi_connect",
            errno.EINPROGRESS,
        ),
        Difference(
            Behaviour.CONNECT_TO_NO_SOCKET,
            "fs/sockfs/sockcommon_subr.c, so_ux_lookup: ENOTSOCK",
            errno.ENOTSOCK,
        ),
        Difference(
            Behaviour.DATAGRAM_TO_NOBODY,
            "fs/sockfs/sockcommon_subr.c, so_ux_lookup: EDESTADDRREQ for SOCK_DGRAM without"
            " v_stream",
            errno.EDESTADDRREQ,
        ),
        Difference(
            Behaviour.SHUTDOWN_AFTER_END,
            "fs/sockfs/socktpi.c, sotpi_shutdown: ENOTCONN without SS_ISCONNECTED",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.SHUTDOWN_OF_LISTENER,
            "fs/sockfs/socktpi.c, sotpi_shutdown: ENOTCONN without SS_ISCONNECTED",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.GETPEERNAME_AFTER_END,
            "fs/sockfs/socktpi.c, sotpi_getpeername: ENOTCONN without SS_ISCONNECTED",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.CREDENTIALS_AFTER_END,
            "socket_ioctl_common: _I_GETPEERCRED, of which getpeerucred(3C) is made, is ENOTCONN"
            " without SS_ISCONNECTED",
            errno.ENOTCONN,
        ),
        Difference(
            Behaviour.NO_FCHMOD_BEFORE_BIND,
            "fs/sockfs/sockvnops.c: what VOP_SETATTR changes there is not the file's",
            errno.EINVAL,
        ),
        Difference(
            Behaviour.SHARED_MEMORY_IS_A_FILE,
            "../../lib/libc/port/rt/shm.c, shm_open: __pos4obj_open, of a file in /tmp",
        ),
    ),
)
