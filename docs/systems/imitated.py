"""Says what a program of `programs` asks of another system, as `tests/kernels` imitates it.

    python docs/systems/imitated.py SYSTEM PROGRAM

The calls of the C library are those that the package makes on that system. What Python's own
functions ask of it (mkdir, rename …) is known from their audit events, which come before the call
and have no results.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

#: What an argument is a constant of, by function and place.
_FAMILIES = {
    ("socket", 0): "AF", ("socket", 1): "SOCK", ("socketpair", 0): "AF", ("socketpair", 1): "SOCK",
    ("fcntl", 1): "F", ("shutdown", 1): "SHUT", ("getsockopt", 1): "SOL", ("getsockopt", 2): "SO",
    ("setsockopt", 1): "SOL", ("setsockopt", 2): "SO", ("accept4", 3): "SOCK", ("pipe2", 1): "O",
    ("renamex_np", 2): "RENAME",
    ("recv", 3): "MSG", ("send", 3): "MSG", ("recvmsg", 2): "MSG", ("sendmsg", 2): "MSG",
}  # fmt: skip
#: Options of Unix domain sockets, whose numbers are those of others elsewhere.
_LOCAL = {
    ("getsockopt", 1, 0): "SOL_LOCAL",
    ("getsockopt", 2, 1): "LOCAL_PEERCRED",
    ("getsockopt", 2, 2): "LOCAL_PEERPID",
}
#: Audit events that are a system call of the same arguments.
_EVENTS = {
    "os.mkdir": "mkdir", "os.rmdir": "rmdir", "os.rename": "rename", "os.remove": "unlink",
    "os.link": "link", "os.chmod": "chmod", "fcntl.flock": "flock", "open": "open",
}  # fmt: skip
_LOCKS = {2 | 4: "LOCK_EX|LOCK_NB", 8: "LOCK_UN"}

_lines: list[str] = []


class Recorder:
    """Notes the calls of an imitated library."""

    def __init__(self, declared: Any) -> None:
        self._ffi = declared._ffi
        self._names: dict[str, dict[int, str]] = {}
        # The package takes constants from Python where it has them, here those of Linux.
        for module in (socket, fcntl, os):
            for name, value in vars(module).items():
                if isinstance(value, int) and re.fullmatch(r"[A-Z]+_\w+", name):
                    self._names.setdefault(name.partition("_")[0], {}).setdefault(int(value), name)
        for header in sorted((ROOT / "bindings" / "libc").glob("*.h")):
            for name in re.findall(r"#define (\w+) ", header.read_text("utf-8")):
                value = declared._constant(name)
                if value is not None:
                    self._names.setdefault(name.partition("_")[0], {}).setdefault(int(value), name)

    def wrapped(self, name: str, function: Any) -> Any:
        """Return a function that notes what it was called with and what came of it."""

        def call(*arguments: Any) -> Any:
            result = function(*arguments)
            error = self._ffi.errno
            shown = ", ".join(self._shown(name, *each) for each in enumerate(arguments))
            failed = isinstance(result, int) and result < 0
            _lines.append(f"{name}({shown}) = {_failure(error) if failed else result}")
            self._ffi.errno = error
            return result

        return call

    def _shown(self, function: str, place: int, value: Any) -> str:
        if isinstance(value, self._ffi.CData):
            return self._pointer(function, value)
        if isinstance(value, bytes):
            return f'"{value.decode()}"'
        if (function, place, value) in _LOCAL:
            return _LOCAL[function, place, value]
        family = self._names.get(_FAMILIES.get((function, place), ""))
        if family is None or not isinstance(value, int):
            return str(value)
        if value in family:
            return family[value]
        flags = [name for bit, name in sorted(family.items()) if bit and value & bit == bit]
        return "|".join(flags) or str(value)

    def _pointer(self, function: str, value: Any) -> str:
        kind = self._ffi.typeof(value).cname
        if value == self._ffi.NULL:
            return "NULL"
        if kind.startswith("struct sockaddr") and function in ("bind", "connect"):
            address = self._ffi.cast("struct sockaddr_un *", value)
            return f'{{AF_UNIX, "{self._ffi.string(address.sun_path).decode()}"}}'
        if kind == "int[2]" or (kind == "int *" and function in ("pipe", "pipe2", "socketpair")):
            return f"[{value[0]}, {value[1]}]"
        if "pollfd" in kind:
            return "[…]"
        if kind == "int":
            return str(int(self._ffi.cast("int", value)))
        return "…"


def _failure(number: int) -> str:
    return f"-1 {errno.errorcode[number]} ({os.strerror(number)})"


def _note_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS or (arguments and str(arguments[0]).endswith((".py", ".pyc"))):
        return
    shown = []
    for place, each in enumerate(arguments):
        if isinstance(each, (str, bytes)) and each != "":
            shown.append(f'"{os.fsdecode(each)}"')
        elif isinstance(each, int) and each != -1:
            shown.append(_LOCKS.get(each) or _mode_or_number(event, place, each))
    _lines.append(f"{_EVENTS[event]}({', '.join(shown)})")


def _mode_or_number(event: str, place: int, value: int) -> str:
    if event == "open":
        names = ("O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_WRONLY")
        return "|".join(["O_RDONLY", *(name for name in names if value & getattr(os, name))])
    return f"0{value:o}" if place == 1 and event in ("os.mkdir", "os.chmod") else str(value)


def _noting(name: str, function: Any) -> Any:
    def call(*arguments: Any) -> Any:
        _lines.append(f"{name}({', '.join(map(str, arguments))})")
        return function(*arguments)

    return call


def main() -> None:
    """Run the program twice, and print what was asked the second time."""
    program = Path(sys.argv[2]).read_text("utf-8")
    program = re.sub(
        r"^( *)# (.*)$", lambda m: f"{m[1]}_step({'-- ' + m[2]!r})", program, flags=re.MULTILINE
    )
    code = compile(program, "program", "exec")
    from tests.kernels.library import ImitatedLibrary

    recorders: list[Recorder] = []
    function = ImitatedLibrary._function

    def recording(library: Any, name: str) -> Any:
        if not recorders:
            recorders.append(Recorder(library._declared))
        return recorders[0].wrapped(name, function(library, name))

    ImitatedLibrary._function = recording  # type: ignore[method-assign]
    os.close = _noting("close", os.close)
    os.set_inheritable = _noting("os.set_inheritable", os.set_inheritable)
    os.set_blocking = _noting("os.set_blocking", os.set_blocking)
    sys.addaudithook(_note_event)
    names = {"_step": _lines.append}
    exec(code, dict(names))
    _lines.clear()
    exec(code, dict(names))
    print("\n".join(_lines).replace(os.getcwd(), "/home/you"))


if __name__ == "__main__":
    main()
