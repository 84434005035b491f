"""The doors to C on Windows: the system libraries, and the Python modules that make calls.

GetLastError and SetLastError do not ask the system, so they are not traced. Instead, the error is
shown with the call that caused it.

An overlapped read continues after the call that started it, and its data arrives later. The trace
shows the outcome with the wait for the operation's event. With asyncio and trio, the event loop's
completion port reports the outcome, and that is not a call of this package.
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

#: The libraries in each module of the bindings, and the `FFI` objects with their types.
_LIBRARIES = {
    f"{_PACKAGE}._bindings.kernel32": (("kernel32", "ffi"), ("ntdll", "ntdll_ffi")),
    f"{_PACKAGE}._bindings.advapi32": (("advapi32", "ffi"),),
}
_LEFT_ALONE = ("GetLastError", "SetLastError")

#: The functions of Python modules that make calls, and their parameters.
_PYTHON_CALLS = {
    "_winapi": {"GetStdHandle": "nStdHandle"},
    "msvcrt": {"get_osfhandle": "fd", "open_osfhandle": "osfhandle flags"},
    "os": {"close": "fd", "getpid": "", "urandom": "size"},
}

_INVALID_HANDLE_VALUE = -1

#: Operations by the number of their event: the memory of the operation, its buffer, and the size.
_operations: dict[int, tuple[Any, Any, int]] = {}


def open_modules(stand_ins: StandIns) -> None:
    """Create the stand-ins for Python modules."""
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
    """Create the stand-ins that a module of the package requires once it is imported."""
    for library, types in _LIBRARIES.get(name, ()):
        _open_library(library, getattr(module, library), getattr(module, types), stand_ins)
    if name == f"{_PACKAGE}.os.windows._calls":
        stand_ins.everywhere(module.close_handles, _close_handles(module))


def _open_library(name: str, library: Any, ffi: FFI, stand_ins: StandIns) -> None:
    """Record all functions of a library that the package declares."""
    from interprocess._bindings.kernel32 import kernel32

    get_last_error = kernel32.GetLastError

    def stand_in_for(real: Callable[..., Any], function: str) -> Callable[..., Any]:
        capture = _CaptureOperations(ffi, function)
        last_error = partial(starmap, get_last_error, ONCE)
        return stand_in_for_c(real, name, function, capture, last_error)

    functions = [each for each in SIGNATURES if each[0].isupper() and each not in _LEFT_ALONE]
    stand_ins.functions(library, ffi, functions, stand_in_for)


class _CaptureOperations(Capture):
    """Remembers the event of each operation, and copies the outcome after the wait for it."""

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
            # The lowest bit is not part of the handle.
            event = int(overlapped.hEvent) & ~1
            if event and self._function in ("ReadFile", "WriteFile", "ConnectNamedPipe"):
                size = 0 if self._buffer is None else int(arguments[self._buffer + 1])
                _operations[event] = (weakref.ref(overlapped), _reference(buffer), size)
        return values, outputs, memory

    def _copy_of_operation(self, event: int, outputs: list[str], memory: list[Any]) -> None:
        overlapped, buffer, size = _operations.get(event, (_nothing, _nothing, 0))
        operation, data = overlapped(), buffer()
        if operation is None:
            return  # The operation has ended and its memory was freed.
        outputs.append("operation")
        memory.append(self._ffi.buffer(operation))
        if data is not None:
            outputs.append("data")
            memory.append(self._ffi.buffer(self._ffi.cast("char *", data), min(size, DATA_LIMIT)))


def _reference(buffer: Any) -> Any:
    return _nothing if buffer is None or isinstance(buffer, bytes) else weakref.ref(buffer)


def _nothing() -> None:
    """Replace a weak reference if there is no object."""


def _close_handles(calls: Any) -> Any:
    """Return a stand-in for `close_handles`, recorded, without calls that could be interrupted.

    The original removes a handle from the list before it calls CloseHandle, which is only safe if
    that is a C function.
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
