"""The peer's credentials, as other systems tell them: Linux's in their structures."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from tests.kernels.kernel import Behaviour, Kernel

# Linux's own numbers.
_SOL_SOCKET, _SO_PEERCRED, _SO_PEERGROUPS = 1, 17, 59


class Credentials:
    """The part of an imitated library that answers getsockopt(2) about the peer."""

    _ffi: Any
    _linux: Any
    _linux_ffi: Any
    _kernel: Kernel
    _fail: Callable[[int], int]
    _fail_as: Callable[[Behaviour], int]
    _is_pair: Callable[[int], bool]
    _peer_left: Callable[[int], bool]

    def _peer(self, fd: int, asked: str, value: Any) -> int:
        creds = self._linux_ffi.new("struct ucred *")
        size = self._linux_ffi.new("socklen_t *", self._linux_ffi.sizeof("struct ucred"))
        if self._linux.getsockopt(fd, _SOL_SOCKET, _SO_PEERCRED, creds, size) < 0:
            return -1
        if not creds.pid and creds.uid == 2**32 - 1:
            return self._fail(errno.ENOTCONN)
        pair = Behaviour.PAIR_HAS_NO_CREDENTIALS
        if self._kernel.has(pair) and self._is_pair(fd):
            return self._fail_as(pair)
        if asked == "LOCAL_PEERPID":
            gone = Behaviour.PEER_PID_AFTER_END
            if self._kernel.has(gone) and self._peer_left(fd):
                return self._fail_as(gone)
            self._ffi.cast("int *", value)[0] = creds.pid
        elif asked == "LOCAL_PEERCRED":
            self._fill_xucred(fd, self._ffi.cast("struct xucred *", value), creds)
        elif asked == "LOCAL_PEEREID":
            own = self._ffi.cast("struct unpcbid *", value)
            own.unp_pid, own.unp_euid, own.unp_egid = creds.pid, creds.uid, creds.gid
        else:
            own = self._ffi.cast("struct sockpeercred *", value)
            own.pid, own.uid, own.gid = creds.pid, creds.uid, creds.gid
        return 0

    # illumos: each `ucred_t` is an entry here, by its address.
    _ucreds: dict[int, tuple[Any, Any, int]]

    def _getpeerucred(self, fd: int, allocated: Any) -> int:
        creds = self._linux_ffi.new("struct ucred *")
        size = self._linux_ffi.new("socklen_t *", self._linux_ffi.sizeof("struct ucred"))
        if self._linux.getsockopt(fd, _SOL_SOCKET, _SO_PEERCRED, creds, size) < 0:
            return -1
        if not creds.pid and creds.uid == 2**32 - 1:
            return self._fail(errno.ENOTCONN)
        gone = Behaviour.CREDENTIALS_AFTER_END
        if self._kernel.has(gone) and self._peer_left(fd):
            return self._fail_as(gone)
        address = id(creds)
        groups = self._groups(fd)
        memory = self._ffi.new("gid_t[]", groups or 1)
        self._ucreds[address] = creds, memory, len(groups)
        allocated[0] = self._ffi.cast("ucred_t *", address)
        return 0

    def _ucred(self, ucred: Any) -> tuple[Any, Any, int]:
        return self._ucreds[int(self._ffi.cast("intptr_t", ucred))]

    def _ucred_free(self, ucred: Any) -> None:
        del self._ucreds[int(self._ffi.cast("intptr_t", ucred))]

    def _ucred_getpid(self, ucred: Any) -> int:
        return int(self._ucred(ucred)[0].pid)

    def _ucred_geteuid(self, ucred: Any) -> int:
        return int(self._ucred(ucred)[0].uid)

    def _ucred_getegid(self, ucred: Any) -> int:
        return int(self._ucred(ucred)[0].gid)

    def _ucred_getgroups(self, ucred: Any, groups: Any) -> int:
        _, memory, count = self._ucred(ucred)
        groups[0] = memory
        return count

    def _groups(self, fd: int) -> list[int]:
        groups = self._linux_ffi.new("gid_t[]", 1024)
        size = self._linux_ffi.new("socklen_t *", 4096)
        failed = self._linux.getsockopt(fd, _SOL_SOCKET, _SO_PEERGROUPS, groups, size)
        return [] if failed else list(groups[0 : size[0] // 4])

    def _fill_xucred(self, fd: int, own: Any, creds: Any) -> None:
        others = self._groups(fd)
        # The effective group comes first, and there is room for 16.
        every = [creds.gid, *(group for group in others if group != creds.gid)][:16]
        own.cr_version, own.cr_uid, own.cr_ngroups = 0, creds.uid, len(every)
        own.cr_groups[0 : len(every)] = every
        if hasattr(own, "cr_pid"):
            own.cr_pid = 0 if self._kernel.lacks("cr_pid") else creds.pid
