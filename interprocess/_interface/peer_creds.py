"""The credentials of a peer."""

from __future__ import annotations

from interprocess._interface.value import Value


class PeerCreds(Value):
    """The credentials of a local socket's peer; `None` where the system does not report them.

    - `pid`: its process id. On Unix, of the process that called connect(2) or listen(2), which may
      have handed the socket on since; `None` too if the process is in a pid namespace that we
      cannot see.
    - `euid`, `egid`: its effective user and group id. Unix.
    - `groups`: its supplementary groups, as a tuple. Linux, illumos, Solaris: all of them. macOS,
      FreeBSD, DragonFly: the effective group, too, and at most 16.
    - `sid`: the user of the process `pid`, as the text of a security identifier. Windows; `None`
      too if the process has ended or we may not ask.

    macOS: `pid` is that of the process that used the peer's socket last, and `None` once the peer
    has left. OpenBSD, NetBSD and DragonFly report nothing for the ends of `pair()`; illumos and
    Solaris report nothing once the peer has left.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ("pid", "euid", "egid", "groups", "sid")

    pid: int | None
    euid: int | None
    egid: int | None
    groups: tuple[int, ...] | None
    sid: str | None

    def __init__(
        self,
        *,
        pid: int | None = None,
        euid: int | None = None,
        egid: int | None = None,
        groups: tuple[int, ...] | None = None,
        sid: str | None = None,
    ) -> None:
        super().__init__(pid=pid, euid=euid, egid=egid, groups=groups, sid=sid)
