"""How the kernels differ where nothing can be asked: a table of facts, read once.

What a constant or a function tells by being there or not is told so, in `_calls`. What stands here
is what no header says. `tests/kernels/systems` describes each kernel, with the places in its
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

#: Connecting to a listener whose backlog is full waits for room, and EAGAIN says that it would have
#: to. Elsewhere it is refused, as it is where nobody listens. unix(7); unp_connect in the BSDs.
CONNECT_WAITS = _SYSTEM == "linux"

#: A socket file that was opened with O_PATH can be connected to by the name that its descriptor has
#: in /proc/self/fd. open(2), proc(5).
SOCKET_FILES_HAVE_DESCRIPTORS = _SYSTEM == "linux"

#: Opening /proc/self/fd/NUMBER makes another open file for the same pipe or terminal, with a mode
#: of its own. Elsewhere such paths, where there are any, stand for dup(2). proc(5).
DESCRIPTORS_ARE_FILES = _SYSTEM == "linux"

#: The path in an address has a NUL after it. The room for it is part of the address.
PATH_ENDS_IN_NUL = _SYSTEM in ("openbsd", "haiku")

#: Connecting a datagram socket tells with EPROTOTYPE that somebody has the stream socket. Cygwin
#: says so of every such file, and old versions of Haiku have no datagram sockets.
ASKED_BY_DATAGRAM = _SYSTEM in (
    *("linux", "darwin", "freebsd", "openbsd", "netbsd", "dragonfly", "sunos"),
)

#: shutdown(2) on a listener wakes those who wait in accept(2). Elsewhere it is an error.
SHUTDOWN_WAKES_ACCEPT = _SYSTEM == "linux"

#: MSG_DONTWAIT keeps a send from waiting for room. macOS and NetBSD look at O_NONBLOCK alone.
SEND_HONOURS_DONTWAIT = bool(_calls.MSG_DONTWAIT) and _SYSTEM not in ("darwin", "netbsd")

#: The same of receiving: wherever there is the flag.
RECEIVE_HONOURS_DONTWAIT = bool(_calls.MSG_DONTWAIT)

#: An accepted socket has the listener's SO_NOSIGPIPE. It must not be set later: once the client
#: has left, macOS takes no option any more.
NOSIGPIPE_IS_INHERITED = _SYSTEM == "darwin"

#: accept(2) without a free descriptor leaves the client in the queue. macOS drops it.
ACCEPT_KEEPS_CLIENTS = _SYSTEM != "darwin"

#: poll(2) tells all about FIFO files. macOS only counts their bytes: it tells neither their end
#: nor that the reader has gone, and calls them writable when a write would have to wait. On
#: DragonFly they may look as if they had ended before anybody has opened them for sending.
FIFO_FILES_ARE_POLLED = _SYSTEM not in ("darwin", "dragonfly")

#: Descriptors that arrive and for which there is no room are closed. Elsewhere they may stay open,
#: and nothing tells their numbers. scm_detach_fds; unp_externalize in the BSDs.
UNASKED_RIGHTS_ARE_CLOSED = _SYSTEM == "linux"

#: sendmsg and recvmsg of the C library know SCM_RIGHTS. Those of illumos have System V's
#: msg_accrights, unless a program is compiled for X/Open. libsocket, __xnet_sendmsg.
RIGHTS_TRAVEL = _SYSTEM != "sunos"
