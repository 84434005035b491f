"""Make chosen system calls of the package fail, however it makes them.

The modules of the package see stand-ins for the C library, for `os` and `fcntl`, and for CPython's
own socket type. Everything else, including the tests, is unaffected.
"""

from __future__ import annotations

import _socket
import contextlib
import errno
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from interprocess._bindings.libc import ffi, libc

_PACKAGE = ("interprocess.os.unix", "interprocess.os.linux", "interprocess._interface")

_CREATING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EACCES)
_FILE = (errno.EACCES, errno.EPERM, errno.ENOENT, errno.EIO, errno.EROFS, errno.ENOSPC)
_RECEIVING = (errno.EINTR, errno.EAGAIN, errno.ECONNRESET, errno.ENOMEM, errno.EIO)
_SENDING = (*_RECEIVING, errno.EPIPE, errno.ENOBUFS)

#: The errors of each function, from its manual page.
ERRORS: dict[str, tuple[int, ...]] = {
    "socket": _CREATING,
    "socketpair": _CREATING,
    "pipe": _CREATING[:3],
    "pipe2": _CREATING[:3],
    "accept": (*_CREATING, errno.EINTR, errno.EAGAIN, errno.ECONNABORTED, errno.EPERM),
    "accept4": (*_CREATING, errno.EINTR, errno.EAGAIN, errno.ECONNABORTED, errno.EPERM),
    "bind": (*_FILE, errno.EADDRINUSE, errno.ENOTDIR, errno.ENOMEM),
    "listen": (errno.EADDRINUSE, errno.ENOBUFS),
    "connect": (
        *(errno.EINTR, errno.EAGAIN, errno.ECONNREFUSED, errno.ENOENT, errno.EACCES),
        *(errno.EPROTOTYPE, errno.ENOMEM, errno.ETIMEDOUT),
    ),
    "shutdown": (errno.ENOTCONN,),
    "recv": _RECEIVING,
    "recv_into": _RECEIVING,
    "recvmsg": _RECEIVING,
    "read": _RECEIVING,
    "readv": _RECEIVING,
    "send": _SENDING,
    "sendmsg": _SENDING,
    "write": _SENDING,
    "writev": _SENDING,
    "poll": (errno.EINTR, errno.ENOMEM),
    "fcntl": (errno.EMFILE, errno.ENOMEM, errno.EPERM),
    "renameat2": (*_FILE, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EEXIST),
    "close": (errno.EIO, errno.EINTR),
    "open": (*_FILE, errno.EMFILE, errno.EINTR),
}
_OTHERS = (errno.EPERM, errno.EIO, errno.ENOMEM)
#: The functions of `os` that make system calls; the rest never fails.
_OS_CALLS = frozenset(
    (
        *("chdir", "chmod", "close", "dup", "eventfd", "eventfd_write", "fchdir", "fchmod"),
        *("fstat", "get_blocking", "getcwd", "getcwdb", "link", "listdir", "lstat", "mkdir"),
        *("mkfifo", "open", "pipe", "pipe2", "read", "readlink", "rename", "replace", "scandir"),
        *("sched_getaffinity", "set_blocking", "set_inheritable", "stat", "unlink", "write"),
    )
)


class Injection:
    """Counts system calls, and makes chosen ones fail."""

    def __init__(self, failing: dict[int, int] | None = None) -> None:
        #: The names of the calls, in their order.
        self.calls: list[str] = []
        #: The error of each call that fails, by its place in `calls`.
        self._failing = failing or {}
        self.failed: list[str] = []

    def error_of_next(self, name: str) -> int:
        """Count a call; return its error, or 0 if it does not fail."""
        number = self._failing.get(len(self.calls), 0)
        self.calls.append(name)
        if number:
            self.failed.append(f"{name} (call {len(self.calls)}): {errno.errorcode[number]}")
        return number

    def c_function(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return a stand-in for a function of the C library."""

        def call(*arguments: Any) -> Any:
            number = self.error_of_next(name)
            if not number:
                return real(*arguments)
            ffi.errno = number
            return -1

        return call

    def python_function(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return a stand-in for a function that raises `OSError`."""

        def call(*arguments: Any, **options: Any) -> Any:
            number = self.error_of_next(name)
            if number and name != "close":
                raise OSError(number, os.strerror(number))
            result = real(*arguments, **options)
            if number:  # Linux has closed the descriptor even if it reports an error.
                raise OSError(number, os.strerror(number))
            return result

        return call

    def __enter__(self) -> Injection:
        self._undo = contextlib.ExitStack()
        stand_ins: list[tuple[object, object]] = [
            (libc, _Proxy(libc, self._function_of_libc)),
            (os, _Proxy(os, self._function_of_os)),
            (fcntl, _Proxy(fcntl, lambda name, real: self.python_function(name, real))),
            (_socket, _Proxy(_socket, self._member_of_socket)),
        ]
        for module in [m for n, m in sys.modules.items() if n.startswith(_PACKAGE)]:
            for attribute, value in list(vars(module).items()):
                for real, stand_in in stand_ins:
                    if value is real:
                        setattr(module, attribute, stand_in)
                        self._undo.callback(setattr, module, attribute, real)
        return self

    def __exit__(self, *exception: object) -> None:
        self._undo.close()

    def _function_of_libc(self, name: str, real: Any) -> Any:
        return self.c_function(name, real)

    def _function_of_os(self, name: str, real: Any) -> Any:
        return self.python_function(name, real) if name in _OS_CALLS else real

    def _member_of_socket(self, name: str, real: Any) -> Any:
        return self._socket_type() if name == "socket" else real

    def _socket_type(self) -> type[_socket.socket]:
        injection = self

        class Socket(_socket.socket):
            """Makes the same system calls, unless they fail."""

            def __init__(self, *arguments: Any, **options: Any) -> None:
                if len(arguments) + len(options) < 4:  # Otherwise it takes what is there already.
                    injection._raise_next("socket")
                super().__init__(*arguments, **options)

            def recv(self, *arguments: Any) -> bytes:
                injection._raise_next("recv")
                return super().recv(*arguments)

            def recv_into(self, *arguments: Any) -> int:
                injection._raise_next("recv_into")
                return super().recv_into(*arguments)

            def send(self, *arguments: Any) -> int:
                injection._raise_next("send")
                return super().send(*arguments)

        return Socket

    def _raise_next(self, name: str) -> None:
        number = self.error_of_next(name)
        if number == errno.EINTR:
            return  # CPython repeats the call by itself.
        if number:
            raise OSError(number, os.strerror(number))


class _Proxy:
    """A module or library, whose functions REPLACE may replace."""

    def __init__(self, real: Any, replace: Callable[[str, Any], Any]) -> None:
        self._real = real
        self._replace = replace

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        return self._replace(name, value) if callable(value) else value


def possible_errors(name: str) -> tuple[int, ...]:
    """Return the errors that a call may fail with."""
    return ERRORS.get(name, _OTHERS)


@contextlib.contextmanager
def recording() -> Iterator[list[str]]:
    """Yield the list that collects the names of the calls made meanwhile."""
    with Injection() as injection:
        yield injection.calls
