"""The credentials of a socket's peer, as far as the system reports them."""

from __future__ import annotations

import errno
import sys

from interprocess._bindings.libc import constant, ffi
from interprocess._interface.peer_creds import PeerCreds
from interprocess.errors import UnsupportedError
from interprocess.os.unix import _calls
from interprocess.os.unix._unix_socket import ucred
from interprocess.os.unix._unix_socket.address import displayed
from interprocess.os.unix._unix_socket.published import published, tells_its_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess._bindings._types import CData

SO_PEERCRED = constant("SO_PEERCRED", 0)
SO_PEERGROUPS = constant("SO_PEERGROUPS", 0)
SOL_LOCAL = constant("SOL_LOCAL", 0)
LOCAL_PEERCRED = constant("LOCAL_PEERCRED", 0)
LOCAL_PEERPID = constant("LOCAL_PEERPID", 0)
LOCAL_PEEREID = constant("LOCAL_PEEREID", 0)


def peer_creds(number: int) -> PeerCreds:
    """Return the credentials that the peer had when it connected or listened.

    Linux, Android, OpenBSD: SO_PEERCRED. FreeBSD, DragonFly, macOS: LOCAL_PEERCRED. NetBSD:
    LOCAL_PEEREID. unix(7), unix(4). illumos, Solaris: getpeerucred(3C). Raises `UnsupportedError`
    on other systems; on OpenBSD, NetBSD and DragonFly for the ends of socketpair(2); and on illumos
    and Solaris once the peer has left.
    """
    try:
        return _ask(number)
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.EINVAL):
            raise
        raise UnsupportedError(
            errno.ENOTSUP, f"{sys.platform} keeps no credentials for {_WITHOUT_CREDENTIALS}"
        ) from None


def peer_user(number: int) -> int | None:
    """Return only the user, as `peer_creds` does. This is called for every client."""
    if _ask is _linux:
        user: int = _option(number, _calls.SOL_SOCKET, SO_PEERCRED, "struct ucred").uid
        return user
    return peer_creds(number).euid


def described_peer(number: int) -> str:
    """Return a description of a socket's peer, for error messages: a process, an address."""
    described = "the peer"
    try:
        pid = peer_creds(number).pid
        if pid is not None:
            described = f"process {pid}"
    except OSError:
        pass  # The system does not report it, or the peer has left.
    try:
        _, address = _calls.getpeername(number)
        if address[:1] != b"\0":
            address = published(address) if tells_its_path(address) else b""
        if address.strip(b"\0"):
            described += f" at {displayed(address)}"
    except OSError:
        pass  # As above.
    return described


def _linux(number: int) -> PeerCreds:
    creds = _option(number, _calls.SOL_SOCKET, SO_PEERCRED, "struct ucred")
    # The pid of a process outside our pid namespace is 0; user and group are still reported.
    return PeerCreds(pid=_known(creds.pid), euid=creds.uid, egid=creds.gid, groups=_groups(number))


def _openbsd(number: int) -> PeerCreds:
    creds = _option(number, _calls.SOL_SOCKET, SO_PEERCRED, "struct sockpeercred")
    return PeerCreds(pid=_known(creds.pid), euid=creds.uid, egid=creds.gid)


def _netbsd(number: int) -> PeerCreds:
    creds = _option(number, SOL_LOCAL, LOCAL_PEEREID, "struct unpcbid")
    return PeerCreds(pid=_known(creds.unp_pid), euid=creds.unp_euid, egid=creds.unp_egid)


def _sunos(number: int) -> PeerCreds:
    with ucred.PeerUcred(number) as creds:
        return PeerCreds(pid=creds.pid, euid=creds.euid, egid=creds.egid, groups=creds.groups)


def _nothing(_number: int) -> PeerCreds:
    raise UnsupportedError(
        errno.ENOTSUP, f"{sys.platform} does not report a socket's peer credentials"
    )


def _groups(number: int) -> tuple[int, ...] | None:
    """Return the peer's supplementary groups; `None` if the kernel does not report them."""
    if not SO_PEERGROUPS:
        return None
    room = 32
    while True:
        groups = ffi.new("gid_t[]", room)
        size = ffi.sizeof("gid_t")
        try:
            used = _calls.getsockopt(number, _calls.SOL_SOCKET, SO_PEERGROUPS, groups, room * size)
        except OSError as error:
            if error.errno == errno.ERANGE:
                room *= 8
                continue
            if error.errno in (errno.ENOPROTOOPT, errno.EINVAL):
                return None
            raise
        return tuple(groups[0 : used // size])


def _xucred(number: int) -> PeerCreds:
    creds = _option(number, SOL_LOCAL, LOCAL_PEERCRED, "struct xucred")
    groups = tuple(creds.cr_groups[0 : creds.cr_ngroups])
    pid = None
    if LOCAL_PEERPID:  # macOS
        pid = _local_peer_pid(number)
    elif hasattr(creds, "cr_pid"):  # FreeBSD since 13
        pid = _known(creds.cr_pid)
    return PeerCreds(pid=pid, euid=creds.cr_uid, egid=groups[0] if groups else None, groups=groups)


def _local_peer_pid(number: int) -> int | None:
    try:
        return _known(_calls.getsockopt_int(number, SOL_LOCAL, LOCAL_PEERPID))
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise
        return None  # The peer has left; user and group are still reported.


def _option(number: int, level: int, option: int, struct: str) -> CData:
    value = ffi.new(f"{struct} *")
    _calls.getsockopt(number, level, option, value, ffi.sizeof(struct))
    return value


def _known(pid: int) -> int | None:
    return pid if pid > 0 else None


#: The function for this system, by its options and the declared structures.
_WAYS = (
    (SO_PEERCRED, "struct ucred", _linux),
    (SO_PEERCRED, "struct sockpeercred", _openbsd),
    (LOCAL_PEEREID, "struct unpcbid", _netbsd),
    (LOCAL_PEERCRED, "struct xucred", _xucred),
)


def _way() -> Callable[[int], PeerCreds]:
    if ucred.exists():
        return _sunos
    for option, struct, ask in _WAYS:
        try:
            if option and ffi.typeof(struct):
                return ask
        except ffi.error:
            pass  # The declaration is missing: Haiku and Cygwin have another SO_PEERCRED.
    return _nothing


_ask = _way()

#: True if the system reports credentials even after the peer has left.
TELLS_AFTER_END = _ask is not _sunos

#: A peer without credentials, on a system that has them for other peers.
_WITHOUT_CREDENTIALS = (
    "the ends of a pair of sockets" if TELLS_AFTER_END else "a peer that has left"
)

#: True if the system reports the user of a connected socket's peer.
TELLS_USER = _ask is not _nothing
