"""Differences between kernels that a program cannot detect: a table of facts, read once.

Differences that show in the presence of a constant or a function are in `_calls`. This table has
those that no header shows. `tests/kernels/systems` describes each kernel, with references to its
sources, and the tests run under imitations made from those descriptions.
"""

from __future__ import annotations

import sys

from interprocess.os.unix import _calls

_SYSTEM = sys.platform.rstrip("0123456789.")
if _SYSTEM == "android":
    _SYSTEM = "linux"
elif _SYSTEM == "ios":
    _SYSTEM = "darwin"

#: Connecting to a listener with a full backlog waits for room, or fails with EAGAIN if nonblocking.
#: Elsewhere it is refused, as if there were no listener. unix(7); unp_connect in the BSDs.
CONNECT_WAITS = _SYSTEM == "linux"

#: A socket file opened with O_PATH can be connected to through its descriptor's name in
#: /proc/self/fd. open(2), proc(5).
SOCKET_FILES_HAVE_DESCRIPTORS = _SYSTEM == "linux"

#: Opening /proc/self/fd/NUMBER makes another open file for the same pipe or terminal, with its own
#: mode. Elsewhere such paths, if any, work like dup(2). proc(5).
DESCRIPTORS_ARE_FILES = _SYSTEM == "linux"

#: The path in an address needs a trailing NUL, which counts towards the address's size.
PATH_ENDS_IN_NUL = _SYSTEM in ("openbsd", "haiku")

#: Connecting a datagram socket fails with EPROTOTYPE if a process has the stream socket open.
#: Cygwin has this error for every such file, and old versions of Haiku have no datagram sockets.
ASKED_BY_DATAGRAM = _SYSTEM in (
    *("linux", "darwin", "freebsd", "openbsd", "netbsd", "dragonfly", "sunos"),
)

#: shutdown(2) on a listener wakes threads in accept(2). Elsewhere it is an error.
SHUTDOWN_WAKES_ACCEPT = _SYSTEM == "linux"

#: MSG_DONTWAIT keeps a send from waiting for room. macOS and NetBSD check only O_NONBLOCK.
SEND_HONOURS_DONTWAIT = bool(_calls.MSG_DONTWAIT) and _SYSTEM not in ("darwin", "netbsd")

#: The same for receiving: true wherever the flag exists.
RECEIVE_HONOURS_DONTWAIT = bool(_calls.MSG_DONTWAIT)

#: An accepted socket inherits the listener's SO_NOSIGPIPE. It cannot be set later: once the client
#: has left, macOS accepts no options.
NOSIGPIPE_IS_INHERITED = _SYSTEM == "darwin"

#: accept(2) without a free descriptor leaves the client in the queue. macOS drops the client.
ACCEPT_KEEPS_CLIENTS = _SYSTEM != "darwin"

#: poll(2) reports all events of FIFO files. macOS only counts their bytes: it reports neither the
#: end of the stream nor that the reader has gone, and it calls them writable when a write would
#: have to wait. On DragonFly they may seem to have ended before any sender has opened them.
FIFO_FILES_ARE_POLLED = _SYSTEM not in ("darwin", "dragonfly")

#: Received descriptors for which there is no room are closed. Elsewhere they may stay open, and
#: their numbers are unknown. scm_detach_fds; unp_externalize in the BSDs.
UNASKED_RIGHTS_ARE_CLOSED = _SYSTEM == "linux"

#: sendmsg and recvmsg of the C library support SCM_RIGHTS. Those of illumos have System V's
#: msg_accrights, unless a program is compiled for X/Open. libsocket, __xnet_sendmsg.
RIGHTS_TRAVEL = _SYSTEM != "sunos"

#: Shared memory can be sealed, so that its size cannot change. memfd_create(2).
SHARED_MEMORY_HAS_SEALS = _SYSTEM in ("linux", "freebsd")

#: Shared memory is not a file, as fstat(2) shows, and its size can be set only once. pshm_truncate,
#: pshm_stat. Where neither is true, it is a file that other processes can shrink.
SHARED_MEMORY_IS_NO_FILE = _SYSTEM == "darwin"

#: Memory may consist of huge pages, whose number is fixed. Another process can give such a page of
#: the memory back and take all free ones; touching it then fails. memfd_create(2), hugetlbfs.
HUGE_PAGES_RUN_OUT = _SYSTEM == "linux"
