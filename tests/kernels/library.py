"""The C library of another system, over Linux's: what the backend calls there, answered as there.

The functions take that system's structures, so that its declarations are exercised, and hand
Linux's to the real calls. What the descriptions in `systems/` do not mention goes through as it is.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
from typing import Any

from tests.kernels import control, fifo
from tests.kernels.credentials import Credentials
from tests.kernels.kernel import Behaviour, Kernel
from tests.kernels.signals import a_handler_is_due, uninterrupted

# Linux's own numbers.
_SOL_SOCKET, _SO_PRIORITY = 1, 12
_MSG_DONTWAIT, _MSG_NOSIGNAL, _POLLHUP, _POLLRDHUP = 0x40, 0x4000, 0x10, 0x2000
_F_GETFL, _F_SETFL = 3, 4
_SO_TYPE, _SOCK_DGRAM = 3, 2
_SHUT_RD, _SHUT_WR, _SHUT_RDWR = range(3)

#: What Linux has no place for is kept in the socket's priority, which means nothing to a Unix
#: domain socket, and which every process that has the socket sees.
_NOSIGPIPE, _WAS_SHUT = 1, 2


class ImitatedLibrary(Credentials):
    """Stands where a generated module has its `library`."""

    def __init__(self, declared: Any, kernel: Kernel) -> None:
        from interprocess._bindings import _linux

        self._declared = declared
        self._kernel = kernel
        self._ffi = declared._ffi
        self._native: Any = self._ffi.dlopen(None)
        self._functions = set(dir(self._native))
        self._linux: Any = _linux.library
        self._linux_ffi: Any = _linux.ffi
        self._ucreds = {}
        #: The open files on which F_SETNOSIGPIPE was set.
        self._without_sigpipe: set[tuple[int, int]] = set()
        #: Opened now, to be given up where a client has to be taken at the limit of descriptors.
        self._reserve = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._declared._constant(name)
        if value is None:
            value = self._function(name)
        setattr(self, name, value)
        return value

    def _function(self, name: str) -> Any:
        """Return a function that is declared, and that the system has."""
        declared = self._declared._symbols.get(name, name) in self._functions
        if not declared or self._kernel.lacks(name):
            raise AttributeError(name)
        own = getattr(type(self), f"_{name}", None)
        if own is not None:
            return uninterrupted(own.__get__(self))
        # Under a symbol that Linux does not have, the function is the same one.
        return getattr(self._native if name in self._functions else self._linux, name)

    def _fail(self, number: int) -> int:
        self._ffi.errno = number
        return -1

    def _fail_as(self, behaviour: Behaviour) -> int:
        return self._fail(self._kernel.value(behaviour))

    def _waiting(self, function: Any, *arguments: Any) -> int:
        """Make a call that may wait, unless a signal has come already."""
        if a_handler_is_due():
            return self._fail(errno.EINTR)
        return int(function(*arguments))

    # What is known of a descriptor

    def _get(self, fd: int, option: int) -> int:
        value, length = self._ffi.new("int *"), self._ffi.new("socklen_t *", 4)
        failed = self._native.getsockopt(fd, _SOL_SOCKET, option, value, length)
        return 0 if failed else int(value[0])

    def _note(self, fd: int, mark: int, *, on: bool = True) -> None:
        marks = self._get(fd, _SO_PRIORITY)
        value = self._ffi.new("int *", marks | mark if on else marks & ~mark)
        self._native.setsockopt(fd, _SOL_SOCKET, _SO_PRIORITY, value, 4)

    def _is_noted(self, fd: int, mark: int) -> bool:
        return bool(self._get(fd, _SO_PRIORITY) & mark)

    def _poll_now(self, fd: int) -> int:
        entry = self._ffi.new("struct pollfd *", {"fd": fd, "events": _POLLRDHUP})
        self._native.poll(entry, 1, 0)
        return int(entry.revents)

    def _both_shut(self, fd: int) -> bool:
        # Linux hangs up what never was connected, too.
        return bool(self._poll_now(fd) & _POLLHUP) and self._peer_name_length(fd) is not None

    def _peer_left(self, fd: int) -> bool:
        return self._both_shut(fd) and not self._is_noted(fd, _WAS_SHUT)

    def _listens(self, fd: int) -> bool:
        so_acceptconn = 30
        return self._get(fd, so_acceptconn) != 0

    def _flags(self, fd: int) -> int:
        return int(self._native.fcntl(fd, _F_GETFL))

    def _set_flags(self, fd: int, flags: int) -> None:
        self._native.fcntl(fd, _F_SETFL, self._ffi.cast("int", flags))

    # Addresses

    def _path_of(self, address: Any, length: int) -> bytes:
        offset = self._ffi.offsetof("struct sockaddr_un", "sun_path")
        path = bytes(self._ffi.buffer(address, length))[offset:]
        return path[:1] + path[1:].split(b"\0")[0]  # Only Linux takes NULs for characters.

    def _with_address(self, function: Any, fd: int, path: bytes) -> int:
        family = 1
        address = family.to_bytes(2, sys.byteorder) + path
        memory = self._linux_ffi.new("char[]", address)
        pointer = self._linux_ffi.cast("struct sockaddr *", memory)
        return int(function(fd, pointer, len(address)))

    def _lacks_nul(self, path: bytes) -> bool:
        room = self._ffi.sizeof(self._ffi.new("struct sockaddr_un *").sun_path)
        return self._kernel.has(Behaviour.PATH_NEEDS_NUL) and len(path) >= room

    def _bind(self, fd: int, address: Any, length: int) -> int:
        path = self._path_of(address, length)
        if path[:1] in (b"", b"\0"):
            return self._fail(errno.ENOENT)  # Only Linux has names that are no paths.
        if self._lacks_nul(path):
            return self._fail_as(Behaviour.PATH_NEEDS_NUL)
        if (
            self._kernel.has(Behaviour.BIND_FOLLOWS_DANGLING_LINK)
            and os.path.islink(path)
            and not os.path.exists(path)
        ):
            path = os.path.realpath(path)
        return self._with_address(self._linux.bind, fd, path)

    def _connect(self, fd: int, address: Any, length: int) -> int:
        path = self._path_of(address, length)
        if path[:1] in (b"", b"\0"):
            return self._fail(errno.ENOENT)
        if self._lacks_nul(path):
            return self._fail_as(Behaviour.PATH_NEEDS_NUL)
        flags = self._flags(fd)
        # Linux alone would wait for a full backlog.
        self._set_flags(fd, flags | os.O_NONBLOCK)
        result = self._with_address(self._linux.connect, fd, path)
        number = self._linux_ffi.errno
        self._set_flags(fd, flags)
        if result < 0:
            return self._connect_failed(fd, path, number)
        if flags & os.O_NONBLOCK and self._kernel.has(Behaviour.CONNECT_GOES_ON):
            return self._fail_as(Behaviour.CONNECT_GOES_ON)
        return 0

    def _connect_failed(self, fd: int, path: bytes, number: int) -> int:
        if number == errno.EAGAIN:
            return self._fail_as(Behaviour.FULL_BACKLOG_REFUSES)
        if number == errno.ECONNREFUSED and self._kernel.has(Behaviour.CONNECT_TO_NO_SOCKET):
            try:
                is_socket = stat.S_ISSOCK(os.stat(path).st_mode)
            except OSError:
                is_socket = True
            if not is_socket:
                return self._fail_as(Behaviour.CONNECT_TO_NO_SOCKET)
        nobody, is_datagram = Behaviour.DATAGRAM_TO_NOBODY, self._get(fd, _SO_TYPE) == _SOCK_DGRAM
        if number == errno.ECONNREFUSED and is_datagram and self._kernel.has(nobody):
            return self._fail_as(nobody)
        return self._fail(number)

    def _getsockname(self, fd: int, address: Any, length: Any) -> int:
        return self._name(self._linux.getsockname, fd, address, length)

    def _getpeername(self, fd: int, address: Any, length: Any) -> int:
        if self._kernel.has(Behaviour.GETPEERNAME_AFTER_END) and self._both_shut(fd):
            return self._fail_as(Behaviour.GETPEERNAME_AFTER_END)
        return self._name(self._linux.getpeername, fd, address, length)

    def _name(self, function: Any, fd: int, address: Any, length: Any) -> int:
        found = self._linux_ffi.new("struct sockaddr_un *")
        size = self._linux_ffi.new("socklen_t *", self._linux_ffi.sizeof("struct sockaddr_un"))
        if function(fd, self._linux_ffi.cast("struct sockaddr *", found), size) < 0:
            return -1
        path = bytes(self._linux_ffi.buffer(found.sun_path, max(0, size[0] - 2)))
        if not path and self._kernel.has(Behaviour.UNNAMED_ADDRESS):
            path = bytes(self._kernel.value(Behaviour.UNNAMED_ADDRESS))
        offset = self._ffi.offsetof("struct sockaddr_un", "sun_path")
        own = self._ffi.cast("struct sockaddr_un *", address)
        own.sun_family = found.sun_family
        if hasattr(own, "sun_len"):
            own.sun_len = min(255, offset + len(path))
        room = min(length[0] - offset, len(own.sun_path))
        self._ffi.buffer(own.sun_path)[0 : min(room, len(path))] = path[:room]
        length[0] = offset + len(path)
        return 0

    # Listening and accepting

    def _listen(self, fd: int, backlog: int) -> int:
        if self._kernel.has(Behaviour.LISTEN_LIMIT):
            backlog = min(backlog, self._kernel.value(Behaviour.LISTEN_LIMIT))
        return int(self._native.listen(fd, backlog))

    def _accept(self, fd: int, address: Any, length: Any) -> int:
        accepted = self._waiting(self._native.accept, fd, address, length)
        if accepted < 0:
            return self._accept_failed(fd)
        if self._kernel.has(Behaviour.ACCEPTED_INHERITS_NONBLOCK):
            self._set_flags(accepted, self._flags(fd))
        if self._kernel.has(Behaviour.NOSIGPIPE_INHERITED) and self._is_noted(fd, _NOSIGPIPE):
            self._note(accepted, _NOSIGPIPE)
        return accepted

    def _accept4(self, fd: int, address: Any, length: Any, flags: int) -> int:
        accepted = self._waiting(self._native.accept4, fd, address, length, flags)
        return accepted if accepted >= 0 else self._accept_failed(fd)

    def _accept_failed(self, fd: int) -> int:
        number = self._ffi.errno
        at_limit = number in (errno.EMFILE, errno.ENFILE)
        if at_limit and self._kernel.has(Behaviour.ACCEPT_DROPS_CLIENT_AT_LIMIT):
            os.close(self._reserve)
            dropped = self._native.accept(fd, self._ffi.NULL, self._ffi.NULL)
            if dropped >= 0:
                os.close(dropped)
            self._reserve = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        return self._fail(number)

    # Sending and receiving

    def _send_flags(self, fd: int, flags: int) -> int:
        if self._kernel.has(Behaviour.SEND_IGNORES_DONTWAIT):
            flags &= ~_MSG_DONTWAIT
        return flags | _MSG_NOSIGNAL if self._is_noted(fd, _NOSIGPIPE) else flags

    def _send(self, fd: int, data: Any, length: int, flags: int) -> int:
        flags = self._send_flags(fd, flags)
        return self._waiting(self._native.send, fd, data, length, flags)

    def _sendmsg(self, fd: int, message: Any, flags: int) -> int:
        own, _control = self._linux_message(message)
        return self._waiting(self._linux.sendmsg, fd, own, self._send_flags(fd, flags))

    def _recvmsg(self, fd: int, message: Any, flags: int) -> int:
        own, _control = self._linux_message(message)
        received = self._waiting(self._linux.recvmsg, fd, own, flags)
        if received >= 0:
            control.from_linux(self._ffi, self._linux_ffi, own, message)
        return received

    def _linux_message(self, message: Any) -> tuple[Any, Any]:
        """Return the same message, and the memory that has to live as long."""
        vector = self._linux_ffi.cast(
            "struct iovec *", int(self._ffi.cast("uintptr_t", message.msg_iov))
        )
        own = self._linux_ffi.new(
            "struct msghdr *", {"msg_iov": vector, "msg_iovlen": message.msg_iovlen}
        )
        memory, length = control.to_linux(self._ffi, self._linux_ffi, message)
        if length:
            own.msg_control, own.msg_controllen = memory, length
        return own, memory

    def _fcntl(self, fd: int, command: int, argument: Any) -> int:
        if command == self._declared._constant("F_SETNOSIGPIPE"):
            self._without_sigpipe.add(_identity(fd))
            return 0
        return int(self._native.fcntl(fd, command, argument))

    def _write(self, fd: int, data: Any, length: int) -> int:
        return self._to_pipe(self._native.write, fd, data, length)

    def _writev(self, fd: int, vector: Any, count: int) -> int:
        return self._to_pipe(self._native.writev, fd, vector, count)

    def _to_pipe(self, function: Any, fd: int, *arguments: Any) -> int:
        if not self._kernel.has(Behaviour.SIGPIPE_GOES_TO_PROCESS):
            return self._waiting(function, fd, *arguments)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
        result, number = self._waiting(function, fd, *arguments), self._ffi.errno
        broken = result < 0 and number == errno.EPIPE
        if broken and signal.SIGPIPE not in before:
            signal.sigtimedwait({signal.SIGPIPE}, 0)  # Linux sent it to this thread.
        if broken and _identity(fd) not in self._without_sigpipe:
            os.kill(os.getpid(), signal.SIGPIPE)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._ffi.errno = number
        return result

    def _shutdown(self, fd: int, how: int) -> int:
        if self._listens(fd):
            if self._kernel.has(Behaviour.SHUTDOWN_OF_LISTENER):
                return self._fail_as(Behaviour.SHUTDOWN_OF_LISTENER)
        elif self._kernel.has(Behaviour.SHUTDOWN_AFTER_END) and self._peer_left(fd):
            return self._fail_as(Behaviour.SHUTDOWN_AFTER_END)
        if self._kernel.has(Behaviour.SHUTDOWN_TWICE):
            if how != _SHUT_WR and self._poll_now(fd) & _POLLRDHUP:
                return self._fail_as(Behaviour.SHUTDOWN_TWICE)
            if how != _SHUT_RD and self._is_noted(fd, _WAS_SHUT):
                if how == _SHUT_RDWR:
                    self._native.shutdown(fd, _SHUT_RD)
                return self._fail_as(Behaviour.SHUTDOWN_TWICE)
        result = self._native.shutdown(fd, how)
        if result == 0 and how != _SHUT_RD:
            self._note(fd, _WAS_SHUT)
        return int(result)

    def _poll(self, entries: Any, count: int, milliseconds: int) -> int:
        def native(*arguments: Any) -> int:
            return self._waiting(self._native.poll, *arguments)

        return fifo.poll(native, self._ffi, self._kernel, entries, count, milliseconds)

    # Options

    def _setsockopt(self, fd: int, level: int, option: int, value: Any, size: int) -> int:
        if self._kernel.has(Behaviour.SETSOCKOPT_AFTER_END) and self._both_shut(fd):
            return self._fail_as(Behaviour.SETSOCKOPT_AFTER_END)
        if level == _SOL_SOCKET and option == self._declared._constant("SO_NOSIGPIPE"):
            self._note(fd, _NOSIGPIPE, on=bool(self._ffi.cast("int *", value)[0]))
            return 0
        so_rcvtimeo, so_sndtimeo = 20, 21
        if level == _SOL_SOCKET and option in (so_rcvtimeo, so_sndtimeo):
            time = self._ffi.cast("struct timeval *", value)
            limit = Behaviour.SEND_TIMEOUT_LIMIT
            if self._kernel.has(limit) and time.tv_sec > self._kernel.value(limit):
                return self._fail(errno.EDOM)
            own = self._linux_ffi.new("struct timeval *", (time.tv_sec, time.tv_usec))
            size = self._linux_ffi.sizeof("struct timeval")
            return int(self._linux.setsockopt(fd, level, option, own, size))
        return int(self._native.setsockopt(fd, level, option, value, size))

    def _getsockopt(self, fd: int, level: int, option: int, value: Any, length: Any) -> int:
        from interprocess._bindings.libc import constant

        asked = {
            (level, constant(name, 0)): name
            for name, level in (
                ("LOCAL_PEERCRED", constant("SOL_LOCAL", 0)),
                ("LOCAL_PEERPID", constant("SOL_LOCAL", 0)),
                ("LOCAL_PEEREID", constant("SOL_LOCAL", 0)),
                ("SO_PEERCRED", _SOL_SOCKET),
                ("SO_ACCEPTCONN", _SOL_SOCKET),
            )
            if constant(name, 0)
        }.get((level, option))
        if asked == "SO_ACCEPTCONN" and self._kernel.has(Behaviour.NO_ACCEPTCONN):
            return self._fail_as(Behaviour.NO_ACCEPTCONN)
        if asked in (None, "SO_ACCEPTCONN"):
            return int(self._native.getsockopt(fd, level, option, value, length))
        return self._peer(fd, str(asked), value)

    def _is_pair(self, fd: int) -> bool:
        own = self._name_length(self._linux.getsockname, fd)
        unnamed = self._linux_ffi.sizeof("sa_family_t")
        return bool(own == unnamed and self._peer_name_length(fd) == unnamed)

    def _peer_name_length(self, fd: int) -> int | None:
        return self._name_length(self._linux.getpeername, fd)

    def _name_length(self, function: Any, fd: int) -> int | None:
        found = self._linux_ffi.new("struct sockaddr_un *")
        length = self._linux_ffi.new("socklen_t *", self._linux_ffi.sizeof("struct sockaddr_un"))
        failed = function(fd, self._linux_ffi.cast("struct sockaddr *", found), length)
        return None if failed else int(length[0])

    # Files

    def _fchmod(self, fd: int, mode: int) -> int:
        no_effect = Behaviour.NO_FCHMOD_BEFORE_BIND
        if self._kernel.has(no_effect) and stat.S_ISSOCK(os.fstat(fd).st_mode):
            return self._fail_as(no_effect)
        return int(self._native.fchmod(fd, mode))

    def _renamex_np(self, old: bytes, new: bytes, flags: int) -> int:
        at_fdcwd, exchange, no_replace = -100, 2, 1
        rename_swap = self._declared._constant("RENAME_SWAP")
        kind = exchange if flags == rename_swap else no_replace
        return int(self._linux.renameat2(at_fdcwd, old, at_fdcwd, new, kind))


def _identity(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino
