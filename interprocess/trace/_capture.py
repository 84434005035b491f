"""Capture the arguments of a call: plain values before it, and copies of memory after it.

The C declaration in `interprocess._bindings._signatures` determines how to treat each argument,
together with a few parameter names that all declarations share: `length` is the size of the
preceding `buffer`, and so on.
"""

from __future__ import annotations

from interprocess._bindings._signatures import SIGNATURES
from interprocess.trace._recording import DATA_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess._bindings._types import FFI, CData

#: The number of buffers of one call whose data is kept.
BUFFERS_LIMIT = 16

#: The number of bytes that are kept of untyped memory, which may be a structure.
STRUCTURE_LIMIT = 1024
#: The parameters that contain only data.
_DATA = ("buffer", "lpBuffer")

#: The size parameters of other parameters; their names differ between functions.
_SIZES = {
    "buffer": ("length",),
    "value": ("length",),
    "address": ("length",),
    "vector": ("count",),
    "entries": ("count",),
    "lpHandles": ("nCount",),
    "lpBuffer": ("nNumberOfBytesToRead", "nNumberOfBytesToWrite", "nBufferSize"),
    "FileInformation": ("Length",),
    "ObjectInformation": ("ObjectInformationLength",),
}
#: The number of items in arrays of fixed size.
_COUNTS = {"fds": 2, "sockets": 2}

_CHARACTERS = ("char", "wchar_t")


class Capture:
    """Captures the arguments of one function."""

    def __init__(self, ffi: FFI, name: str) -> None:
        self._ffi = ffi
        self._function = name
        _, parameters, _ = SIGNATURES[name]
        self._parameters = [(kind, parameter) for kind, parameter in parameters if kind != "..."]
        self._places = {parameter: i for i, (_, parameter) in enumerate(parameters)}

    def __call__(self, arguments: Sequence[Any]) -> tuple[list[Any], list[str], list[Any]]:
        values: list[Any] = []
        outputs: list[str] = []
        memory: list[Any] = []
        for i, argument in enumerate(arguments):
            if i < len(self._parameters):
                kind, name = self._parameters[i]
            else:  # An argument for `...`: an `int`, or a pointer to one.
                primitive = self._ffi.typeof(argument).kind == "primitive"
                kind, name = ("int" if primitive else "int *"), "argument"
            values.append(self._value(kind, name, argument, arguments, outputs, memory))
        return values, outputs, memory

    def _value(
        self,
        kind: str,
        name: str,
        argument: Any,
        arguments: Sequence[Any],
        outputs: list[str],
        memory: list[Any],
    ) -> Any:
        """Return a plain value for one argument; append memory that the call may fill."""
        if "*" not in kind:
            return int(argument)
        if isinstance(argument, (bytes, bytearray)):
            return bytes(argument[: DATA_LIMIT if kind.endswith("void *") else len(argument)])
        if argument is None or not argument:
            return None
        constant = kind.startswith("const ")
        if kind in ("const char *", "const wchar_t *"):
            return self._ffi.string(argument)
        if kind.endswith("struct msghdr *"):
            return self._message(argument, constant, outputs, memory)
        if kind.endswith("struct iovec *"):
            count = self._size(name, arguments)
            return self._vector(argument, count, outputs, memory)
        size = self._bytes_of(kind, name, argument, arguments)
        if size is None:
            return f"0x{int(self._ffi.cast('uintptr_t', argument)):x}"
        view = self._ffi.buffer(self._ffi.cast("char *", argument), size)
        if not constant:
            outputs.append(name)
            memory.append(view)  # The caller keeps ARGUMENTS, and so this memory, alive.
        return bytes(view)

    def _size(self, name: str, arguments: Sequence[Any]) -> int | None:
        for each in _SIZES.get(name, ()):
            place = self._places.get(each)
            if place is not None:
                size = arguments[place]
                return int(size) if isinstance(size, int) else int(size[0])
        return None

    def _bytes_of(
        self, kind: str, name: str, argument: CData, arguments: Sequence[Any]
    ) -> int | None:
        """Return the number of bytes to keep of the memory behind an argument."""
        size = self._size(name, arguments)
        if kind.endswith("void *"):
            limit = DATA_LIMIT if name in _DATA else STRUCTURE_LIMIT
            return None if size is None else min(size, limit)
        if kind.endswith("struct sockaddr *"):
            return size
        item = self._ffi.typeof(argument).item
        is_structure = "struct " in kind and kind.endswith(" *")
        if not is_structure and (item.kind != "primitive" or item.cname in _CHARACTERS):
            return None
        count = size if name in _SIZES else _COUNTS.get(name, 1)
        return int(self._ffi.sizeof(item)) * (count or 0)

    def _message(
        self, message: CData, constant: bool, outputs: list[str], memory: list[Any]
    ) -> tuple[Any, ...]:
        vector = self._vector(message.msg_iov, int(message.msg_iovlen), outputs, memory)
        control = b""
        if message.msg_control:
            view = self._ffi.buffer(message.msg_control, int(message.msg_controllen))
            control = bytes(view)
            if not constant:
                outputs.append("control")
                memory.append(view)
        if not constant:
            outputs.append("message")
            memory.append(self._ffi.buffer(message, self._ffi.sizeof("struct msghdr")))
        return vector, control, int(message.msg_controllen)

    def _vector(
        self,
        vector: CData,
        count: int | None,
        outputs: list[str],
        memory: list[Any],
    ) -> tuple[Any, ...]:
        parts: list[Any] = []
        for i in range(count or 0):
            length = int(vector[i].iov_len)
            data = b""
            if i < BUFFERS_LIMIT and length:
                view = self._ffi.buffer(vector[i].iov_base, min(length, DATA_LIMIT))
                data = bytes(view)
                outputs.append(f"iov{i}")
                memory.append(view)
            parts.append((length, data))
        return tuple(parts)
