"""The doors to C on Windows: its own libraries, and the modules of Python's that make the call.

What a thread remembers of its last error is not asked of the system, so GetLastError and
SetLastError are left alone: the error stands beside the call that has left it.

A read goes on after the call that began it, and its data arrives later. So that a trace shows it
all the same, the wait for the operation's event tells what has become of it. With asyncio and trio,
the loop's own completion port tells of the end, which is not a call of this package.
"""

from __future__ import annotations

import weakref
from functools import partial
from itertools import starmap

from interprocess._bindings._signatures import SIGNATURES
from interprocess.trace._capture import Capture
from interprocess.trace._recording import (
    DATA_LIMIT,
    ONCE,
    Prepared,
    stand_in_for_c,
    stand_in_for_python,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

    from interprocess._bindings._types import FFI
    from interprocess.trace._stand_ins import StandIns

_PACKAGE = __name__.partition(".")[0]

#: Which module of the bindings has which libraries, with which types.
_LIBRARIES = {
    f"{_PACKAGE}._bindings.kernel32": (("kernel32", "ffi"), ("ntdll", "ntdll_ffi")),
    f"{_PACKAGE}._bindings.advapi32": (("advapi32", "ffi"),),
}
_LEFT_ALONE = ("GetLastError", "SetLastError")

#: The functions of Python's modules that make calls, and their arguments.
_PYTHON_CALLS = {
    "_winapi": {"GetStdHandle": "nStdHandle"},
    "msvcrt": {"get_osfhandle": "fd", "open_osfhandle": "osfhandle flags"},
    "os": {"close": "fd", "getpid": "", "urandom": "size"},
}

_INVALID_HANDLE_VALUE = -1

#: By the number of an event: the memory of the operation, and its data, that has it signalled.
_operations: dict[int, tuple[Any, Any, int]] = {}


def open_modules(stand_ins: StandIns) -> None:
    """Make the stand-ins for modules of Python's."""
    for name, calls in _PYTHON_CALLS.items():
        module = __import__(name)
        functions = {
            function: _python_call(name, function, getattr(module, function), parameters.split())
            for function, parameters in calls.items()
        }
        stand_ins.module(module, functions)


def _python_call(library: str, name: str, real: Any, parameters: list[str]) -> Any:
    def capture(*arguments: Any) -> list[tuple[str, Any]]:
        return [*zip(parameters, map(int, arguments))]

    return stand_in_for_python(real, library, name, capture, (len,) if name == "urandom" else ())


def open_module(name: str, module: ModuleType, stand_ins: StandIns) -> None:
    """Make the stand-ins that a module of the package brings, when it has been imported."""
    for library, types in _LIBRARIES.get(name, ()):
        _open_library(library, getattr(module, library), getattr(module, types), stand_ins)
    if name == f"{_PACKAGE}.os.windows._calls":
        stand_ins.everywhere(module.close_handles, _close_handles(module))


def _open_library(name: str, library: Any, ffi: FFI, stand_ins: StandIns) -> None:
    """Have every function of a library recorded that the package declares."""
    from interprocess._bindings.kernel32 import kernel32

    get_last_error = kernel32.GetLastError

    def stand_in_for(real: Callable[..., Any], function: str) -> Callable[..., Any]:
        capture = _CaptureOperations(ffi, function)
        last_error = partial(starmap, get_last_error, ONCE)
        return stand_in_for_c(real, name, function, capture, last_error)

    functions = [each for each in SIGNATURES if each[0].isupper() and each not in _LEFT_ALONE]
    stand_ins.functions(library, ffi, functions, stand_in_for)


class _CaptureOperations(Capture):
    """Remembers by which event an operation tells of its end, and copies what has become of it."""

    def __init__(self, ffi: FFI, name: str) -> None:
        super().__init__(ffi, name)
        self._waits = name == "WaitForSingleObject"
        self._overlapped = self._places.get("lpOverlapped")
        self._buffer = self._places.get("lpBuffer") if name == "ReadFile" else None

    def __call__(self, arguments: Sequence[Any]) -> tuple[list[Any], list[str], list[Any]]:
        values, outputs, memory = super().__call__(arguments)
        if self._waits:
            self._copy_of_operation(int(arguments[0]), outputs, memory)
        elif self._overlapped is not None and arguments[self._overlapped]:
            overlapped = arguments[self._overlapped]
            buffer = None if self._buffer is None else arguments[self._buffer]
            # The lowest bit is no part of the handle.
            event = int(overlapped.hEvent) & ~1
            if event and self._function in ("ReadFile", "WriteFile", "ConnectNamedPipe"):
                size = 0 if self._buffer is None else int(arguments[self._buffer + 1])
                _operations[event] = (weakref.ref(overlapped), _reference(buffer), size)
        return values, outputs, memory

    def _copy_of_operation(self, event: int, outputs: list[str], memory: list[Any]) -> None:
        overlapped, buffer, size = _operations.get(event, (_nothing, _nothing, 0))
        operation, data = overlapped(), buffer()
        if operation is None:
            return  # It is over, and its memory gone.
        outputs.append("operation")
        memory.append(self._ffi.buffer(operation))
        if data is not None:
            outputs.append("data")
            memory.append(self._ffi.buffer(self._ffi.cast("char *", data), min(size, DATA_LIMIT)))


def _reference(buffer: Any) -> Any:
    return _nothing if buffer is None or isinstance(buffer, bytes) else weakref.ref(buffer)


def _nothing() -> None:
    """Stand in for a reference to what is not there."""


def _close_handles(calls: Any) -> Any:
    """Return what stands in for `close_handles`: the same, and nothing is called in between.

    The original takes a handle out of the list before it calls CloseHandle, which is safe as long
    as that is C.
    """
    from interprocess._bindings.kernel32 import kernel32

    close, get_last_error = kernel32.CloseHandle, kernel32.GetLastError
    close = getattr(close, "direct", close)

    def close_handles(handles: list[int]) -> None:
        while handles:
            if handles[-1] == _INVALID_HANDLE_VALUE:
                del handles[-1]
                continue
            error = starmap(get_last_error, ONCE)
            closing = Prepared("kernel32", "CloseHandle", handles[-1:], error=error)
            calling, result = map(close, handles[-1:]), closing.result
            closing.start()
            # No signal handler can raise from here to the call.
            del handles[-1]
            result += calling
            closing.end()
            if not result[0]:
                raise calls.system_error("CloseHandle")

    return close_handles
