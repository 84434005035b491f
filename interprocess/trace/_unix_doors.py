"""The doors to C on Unix: the C library, Python modules, and CPython's own sockets.

A stream makes its most frequent calls through a CPython socket, which it gets from its descriptor
and keeps. During a trace, the descriptor returns a `DirectSocket` instead. When a trace begins and
when the last one ends, streams that already have a socket must get it again. They already support
this, since a clone or a fork requires it too: the attributes `direct_receiver` and `direct_sender`
of the descriptor are reset. Asynchronous streams keep their functions, so these are replaced in
place. Streams that `gc.freeze` hides from the garbage collector stay untraced, and so do calls that
are in progress when the trace begins.
"""

from __future__ import annotations

import _socket
import fcntl
import functools
import gc
import os
import select
import sys
import time
from itertools import starmap
from operator import methodcaller

from interprocess._bindings._signatures import SIGNATURES
from interprocess.trace._capture import Capture
from interprocess.trace._recording import (
    DATA_LIMIT,
    KEEP_BYTES,
    Prepared,
    stand_in,
    stand_in_for_c,
    stand_in_for_python,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from interprocess.trace._stand_ins import StandIns

_PACKAGE = __name__.partition(".")[0]

#: The functions of `os` and `fcntl` that make system calls, and their arguments.
_OS_CALLS = {
    "chdir": "path",
    "chmod": "path mode",
    "chown": "path uid gid",
    "close": "fd",
    "dup": "fd",
    "fchdir": "fd",
    "fchmod": "fd mode",
    "fstat": "fd",
    "fstatvfs": "fd",
    "ftruncate": "fd length",
    "get_blocking": "fd",
    "get_inheritable": "fd",
    "geteuid": "",
    "getcwd": "",
    "getcwdb": "",
    "getpid": "",
    "getuid": "",
    "isatty": "fd",
    "link": "src dst",
    "listdir": "path",
    "lseek": "fd position how",
    "lstat": "path",
    "mkdir": "path mode",
    "mkfifo": "path mode",
    "open": "path flags mode",
    "pidfd_open": "pid flags",
    "pipe": "",
    "pipe2": "flags",
    "read": "",
    "readlink": "path",
    "rename": "src dst",
    "replace": "src dst",
    "rmdir": "path",
    "scandir": "path",
    "sched_getaffinity": "pid",
    "sched_yield": "",
    "set_blocking": "fd blocking",
    "set_inheritable": "fd inheritable",
    "stat": "path",
    "unlink": "path",
    "urandom": "size",
    "write": "",
}
_PATH_CALLS = {"exists": "path", "isdir": "path", "islink": "path", "lexists": "path"}
_FCNTL_CALLS = {
    "fcntl": "fd command argument",
    "flock": "fd operation",
    "ioctl": "fd request argument",
}

#: The functions that return the kept parts of a result that is not a plain value.
_KEEP: dict[str, tuple[Callable[[Any], Any], ...]] = {
    **dict.fromkeys(("stat", "lstat", "fstat", "fstatvfs"), (tuple,)),
    "read": KEEP_BYTES,
    "urandom": KEEP_BYTES,
    "scandir": (bool,),
    "sched_getaffinity": (sorted,),
}


def open_modules(stand_ins: StandIns) -> None:
    """Create the stand-ins for Python modules."""
    path = stand_ins.module(os.path, _python_calls("os.path", os.path, _PATH_CALLS))
    vars(stand_ins.module(os, _python_calls("os", os, _OS_CALLS)))["path"] = path
    stand_ins.module(fcntl, _python_calls("fcntl", fcntl, _FCNTL_CALLS))
    stand_ins.module(select, {"poll": Poll})
    stand_ins.module(_socket, {"socket": _new_socket})
    [sleep] = _python_calls("time", time, {"sleep": "seconds"}).values()
    stand_ins.everywhere(time.sleep, sleep)


def open_module(name: str, module: ModuleType, stand_ins: StandIns) -> None:
    """Create the stand-ins that a module of the package requires once it is imported."""
    if name == f"{_PACKAGE}._bindings.libc":
        _open_library(module, stand_ins)
    elif name == f"{_PACKAGE}.os.unix._descriptor.numbers":
        stand_ins.everywhere(module.close_numbers, _close_numbers)
    elif name == f"{_PACKAGE}.os.unix._unix_socket.descriptor":
        _open_direct_sockets(module.SocketDescriptor, stand_ins)


def _open_library(module: Any, stand_ins: StandIns) -> None:
    """Record all functions of the C library that the package declares."""
    ffi, libc = module.ffi, module.libc
    errno = (ffi, "errno")

    def stand_in_for(real: Callable[..., Any], name: str) -> Callable[..., Any]:
        capture = Capture(ffi, name)
        return stand_in_for_c(real, "libc", name, capture, lambda: starmap(getattr, (errno,)))

    stand_ins.functions(libc, ffi, SIGNATURES, stand_in_for)


def _python_calls(library: str, module: Any, calls: dict[str, str]) -> dict[str, Any]:
    """Return stand-ins for those of the functions in CALLS that MODULE has."""
    return {
        name: _python_call(library, name, getattr(module, name), parameters.split())
        for name, parameters in calls.items()
        if hasattr(module, name)
    }


def _python_call(library: str, name: str, real: Any, parameters: list[str]) -> Callable[..., Any]:
    def capture(*arguments: Any, **options: Any) -> list[tuple[str, Any]]:
        named = [*zip(parameters, arguments), *options.items()]
        return [(parameter, _plain(value)) for parameter, value in named]

    def capture_read(fd: int, length: int) -> list[tuple[str, Any]]:
        return [("fd", fd), ("buffer", None), ("length", length)]

    def capture_write(fd: int, data: Any) -> list[tuple[str, Any]]:
        kept, length = _plain(data)
        return [("fd", fd), ("buffer", kept), ("length", length)]

    if library == "os":
        capture = {"read": capture_read, "write": capture_write}.get(name, capture)
    outputs = ("buffer",) if name in ("read", "urandom") else ()
    return stand_in_for_python(real, library, name, capture, _KEEP.get(name, ()), outputs)


def _plain(value: Any) -> Any:
    """Return an argument as a value that can be written to a file."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    try:
        view = memoryview(value).cast("B")
    except (TypeError, BufferError):
        return repr(value)
    return bytes(view[:DATA_LIMIT]), view.nbytes


_SOCK_CLOEXEC = getattr(_socket, "SOCK_CLOEXEC", 0)


def _prepare_socket(arguments: tuple[Any, ...], _: dict[str, Any]) -> Prepared:
    """Record the creation of a socket; for an existing descriptor it calls getsockname(2)."""
    if len(arguments) == 4:
        # The result is recorded as 0: the count of any item in an empty list.
        return Prepared("socket", "getsockname", [("fd", arguments[3])], keep=([].count,))
    domain, kind, protocol = arguments
    values = [("domain", domain), ("kind", kind | _SOCK_CLOEXEC), ("protocol", protocol)]
    return Prepared("socket", "socket", values, keep=(methodcaller("fileno"),))


_new_socket = stand_in(_socket.socket, _prepare_socket)


def _close_numbers(numbers: list[int]) -> None:
    """Do the same as `close_numbers`, recorded, without calls that could be interrupted.

    The original removes a number from the list before it calls `os.close`, which is only safe if
    that is a C function.
    """
    while numbers:
        if numbers[-1] < 0:
            del numbers[-1]
            continue
        closing = Prepared("os", "close", [("fd", numbers[-1])])
        calling, result = map(_close, numbers[-1:]), closing.result
        closing.start()
        # No handler can raise from here to the call: see `interprocess._interface.lifetime`.
        del numbers[-1]
        try:
            result += calling
        except ConnectionResetError as error:
            closing.raised(error)
        except BaseException as error:
            closing.raised(error)
            raise
        else:
            closing.end()


_close = os.close


def _open_direct_sockets(descriptor_type: Any, stand_ins: StandIns) -> None:
    """Make descriptors return sockets with recorded calls, and streams get them again."""
    open_direct, create = descriptor_type.open_direct, descriptor_type.create

    @functools.wraps(open_direct)
    def recorded_open_direct(self: Any) -> DirectSocket | None:
        real = open_direct(self)
        return None if real is None else DirectSocket(real)

    @functools.wraps(create)
    def recorded_create(self: Any) -> None:
        create(self)
        self.direct_receiver = self.direct_sender = None  # Streams must get them again.

    stand_ins.attribute(descriptor_type, "open_direct", recorded_open_direct)
    stand_ins.attribute(descriptor_type, "create", recorded_create)
    _exchange(descriptor_type, recorded=True)
    stand_ins.at_the_end(lambda: _exchange(descriptor_type, recorded=False))


def _exchange(descriptor_type: type, *, recorded: bool) -> None:
    """Switch existing streams to recorded calls, or back to the real calls."""
    exchanged = _recorded_function if recorded else _real_function
    holders = [
        (getattr(sys.modules[module], name), attribute)
        for module, name, attribute in _DIRECT_FUNCTIONS
        if hasattr(sys.modules.get(module), name)
    ]
    for thing in gc.get_objects():
        bases = type(thing).__mro__
        if descriptor_type in bases:
            thing.direct_receiver = thing.direct_sender = None
        for holder, attribute in holders:
            if holder in bases:
                function = exchanged(getattr(thing, attribute, None))
                if function is not None:
                    setattr(thing, attribute, function)


#: Classes of asynchronous streams and their waits: the module, the class, and the attribute that
#: may hold a method of a socket.
_DIRECT_FUNCTIONS = (
    (f"{_PACKAGE}.os.unix.local_socket._async_stream", "AsyncSocketReceiver", "_recv_now"),
    (f"{_PACKAGE}.os.unix.local_socket._async_stream", "AsyncSocketSender", "_send_with_flags"),
    (f"{_PACKAGE}._runtimes.asyncio", "Readable", "_call"),
)


def _recorded_function(function: Any) -> Any:
    real = getattr(function, "__self__", None)
    if type(real) is not _socket.socket:
        return None
    return getattr(DirectSocket(real), function.__name__, None)


def _real_function(function: Any) -> Any:
    return getattr(function, "direct", None)


class DirectSocket:
    """The methods of a CPython socket that streams use, recorded as the C functions."""

    __slots__ = ("recv", "recv_into", "send")

    def __init__(self, real: _socket.socket) -> None:
        number = real.fileno()

        def receives(size: int, flags: int = 0) -> list[tuple[str, Any]]:
            return [("fd", number), ("buffer", None), ("length", size), ("flags", flags)]

        def receives_into(buffer: Any, _: int = 0, flags: int = 0) -> list[tuple[str, Any]]:
            return receives(memoryview(buffer).nbytes, flags)

        def sends(data: Any, flags: int = 0) -> list[tuple[str, Any]]:
            view = memoryview(data).cast("B")
            kept = bytes(view[:DATA_LIMIT])
            return [("fd", number), ("buffer", kept), ("length", view.nbytes), ("flags", flags)]

        self.recv = stand_in_for_python(
            real.recv, "socket", "recv", receives, KEEP_BYTES, ("buffer",)
        )
        self.recv_into = stand_in_for_python(
            real.recv_into, "socket", "recv", receives_into, (), ("buffer",), _beginning
        )
        self.send = stand_in_for_python(real.send, "socket", "send", sends)


class Poll:
    """A Python poll object whose waits are recorded."""

    def __init__(self) -> None:
        real = select.poll()
        self._events: dict[int, int] = {}
        self._register = real.register
        self.poll = stand_in_for_python(real.poll, "select", "poll", self._entries, (list,))

    def register(self, file: Any, events: int) -> None:
        """Add a file and the events to wait for."""
        self._events[file if isinstance(file, int) else file.fileno()] = events
        self._register(file, events)

    def _entries(self, milliseconds: float | None = None) -> list[tuple[str, Any]]:
        return [("entries", [*self._events.items()]), ("milliseconds", milliseconds)]


def _beginning(buffer: Any, *_: Any) -> list[Any]:
    """Return the memory that receives the first bytes."""
    return [memoryview(buffer).cast("B")[:DATA_LIMIT]]
