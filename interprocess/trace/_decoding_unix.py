"""Decode arguments and results of C functions on Unix: names, addresses, structures."""

from __future__ import annotations

import _socket
import errno
import fcntl
import os
import select

from interprocess._bindings._signatures import SIGNATURES
from interprocess._bindings.libc import constant, ffi
from interprocess.trace._values import Data, Symbol, constants, flags, named, octal, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_AF = constants((_socket,), "AF_")
_MSG = constants((_socket,), "MSG_")
_SO = {
    **{name: constant(name, -1) for name in ("SO_PEERCRED", "SO_PEERGROUPS", "SO_ACCEPTCONN")},
    **constants((_socket,), "SO_"),
    "SO_PEERPIDFD": 77,
}
_SOCK_FLAGS = {
    name: value
    for name, value in constants((_socket,), "SOCK_").items()
    if name in ("SOCK_CLOEXEC", "SOCK_NONBLOCK")
}
_SOCK = {n: v for n, v in constants((_socket,), "SOCK_").items() if n not in _SOCK_FLAGS}
_O = constants((os,), "O_", ("O_ACCMODE", "O_RDONLY", "O_WRONLY", "O_RDWR", "O_NDELAY"))
_ACCESS = {name: getattr(os, name) for name in ("O_RDONLY", "O_WRONLY", "O_RDWR")}
_POLL = {
    name: value
    for name, value in constants((select,), "POLL").items()
    if name not in ("POLLRDNORM", "POLLRDBAND", "POLLWRNORM", "POLLWRBAND")
}
_FCNTL_COMMANDS = {
    **constants((fcntl,), "F_", ("F_OK", "F_RDLCK", "F_WRLCK", "F_UNLCK", "F_EXLCK", "F_SHLCK")),
    **{name: constant(name, -1) for name in ("F_DUPFD_CLOEXEC", "F_GETPIPE_SZ", "F_SETPIPE_SZ")},
}
_MFD = constants((os,), "MFD_")
_LOCK = constants((fcntl,), "LOCK_", ("LOCK_READ", "LOCK_WRITE", "LOCK_RW", "LOCK_MAND"))
_SHUT = constants((_socket,), "SHUT_")
_RENAME = {"RENAME_NOREPLACE": 1, "RENAME_EXCHANGE": 2}
_FD = {"FD_CLOEXEC": fcntl.FD_CLOEXEC}
_SEEK = {"SEEK_SET": os.SEEK_SET, "SEEK_CUR": os.SEEK_CUR, "SEEK_END": os.SEEK_END}
#: Python functions without a C function of the same name, and their descriptions.
PYTHONS_OWN = {
    "exists": "Check whether a file exists. stat(2)",
    "get_blocking": "Check whether an open file has O_NONBLOCK. fcntl(2), F_GETFL",
    "get_inheritable": "Check whether children inherit a descriptor. fcntl(2), F_GETFD",
    "isdir": "Check whether a path is a directory. stat(2)",
    "islink": "Check whether a path is a symbolic link. lstat(2)",
    "lexists": "Check whether a file or symbolic link exists. lstat(2)",
    "listdir": "List a directory. open(2), getdents(2), close(2)",
    "scandir": "List a directory. open(2), getdents(2), close(2)",
    "set_blocking": "Set or clear O_NONBLOCK of an open file. ioctl(2), FIONBIO",
    "set_inheritable": "Set whether children inherit a descriptor. ioctl(2), FIOCLEX",
    "sleep": "Wait. clock_nanosleep(2)",
    "urandom": "Get random bytes. getrandom(2)",
}
#: The offset of the path in `struct sockaddr_un`.
_PATH = ffi.offsetof("struct sockaddr_un", "sun_path")


def _open_flags(value: int) -> Symbol:
    access = named(value & 3, _ACCESS)
    rest = flags(value & ~3, _O, "")
    return Symbol(f"{access}|{rest}" if rest else str(access))


def _socket_kind(value: int) -> Symbol:
    both = sum(_SOCK_FLAGS.values())
    rest = flags(value & both, _SOCK_FLAGS, "")
    kind = named(value & ~both, _SOCK)
    return Symbol(f"{kind}|{rest}" if rest else str(kind))


def _address(octets: bytes | None, length: int | None = None) -> Any:
    """Decode a `struct sockaddr_un`: a path, or an abstract name after an @."""
    if octets is None:
        return None
    path = (octets if length is None else octets[: max(0, length)])[_PATH:]
    if path[:1] == b"\0":
        return {"sun_family": Symbol("AF_UNIX"), "sun_path": Symbol("@" + text_of(path[1:]))}
    path = path.split(b"\0")[0]
    return {"sun_family": Symbol("AF_UNIX"), **({"sun_path": path} if path else {})}


def _ints(octets: bytes, kind: str = "int") -> list[int]:
    view = ffi.from_buffer(f"{kind}[]", octets)
    return [int(view[i]) for i in range(len(view))]


def _poll_entries(before: bytes, after: bytes | None) -> list[dict[str, Any]]:
    old = ffi.from_buffer("struct pollfd[]", before)
    new = ffi.from_buffer("struct pollfd[]", after or before)
    found = []
    for i in range(len(old)):
        entry: dict[str, Any] = {"fd": int(old[i].fd), "events": flags(old[i].events, _POLL)}
        if after and new[i].revents:
            entry["revents"] = flags(new[i].revents, _POLL)
        found.append(entry)
    return found


def _control(octets: bytes) -> list[dict[str, Any]]:
    """Decode the control messages, with the descriptors that they carry."""
    found: list[dict[str, Any]] = []
    header, start = ffi.sizeof("struct cmsghdr"), _socket.CMSG_LEN(0)
    while len(octets) >= header:
        message = ffi.from_buffer("struct cmsghdr[1]", octets[:header])[0]
        length = int(message.cmsg_len)
        if length < header:
            break
        data = octets[start:length]
        is_rights = (message.cmsg_level, message.cmsg_type) == (_socket.SOL_SOCKET, 1)
        if is_rights and len(data) % 4 == 0:
            found.append({"cmsg_type": Symbol("SCM_RIGHTS"), "fds": _ints(data)})
        else:
            found.append({"cmsg_type": int(message.cmsg_type), "data": Data(data, len(data))})
        octets = octets[_socket.CMSG_SPACE(max(0, length - start)) :]
    return found


def _vector(parts: Any, outputs: Mapping[str, bytes], transferred: int | None) -> list[Any]:
    """Decode the buffers; for a receive, each contains only its received bytes."""
    found: list[Any] = []
    for i, (length, before) in enumerate(parts):
        octets, used = before, length
        if transferred is not None:
            used = min(length, max(0, transferred))
            transferred -= used
            octets = outputs.get(f"iov{i}", b"")
        found.append({"iov_base": Data(octets, used), "iov_len": length})
    return found


def failed(library: str, function: str, result: Any) -> bool:  # as on Windows
    """Return true if the result of a C function signals an error."""
    if library != "libc":
        return False
    if function == "launch_activate_socket":
        return bool(result)
    return isinstance(result, int) and result < 0


def failure(library: str, function: str) -> str:  # noqa: ARG001  # as on Windows
    """Return the failure result of a function, as C code writes it."""
    return "-1"


def error_of(library: str, function: str, result: Any, number: int) -> str:  # noqa: ARG001
    """Return the name of an error."""
    if function == "launch_activate_socket":
        number = result
    return errno.errorcode.get(number, f"error {number}")


def arguments_of(
    library: str,
    function: str,
    values: Sequence[Any],
    outputs: Mapping[str, bytes],
    result: Any,
) -> dict[str, Any]:
    """Return the decoded arguments of a call by name; OUTPUTS contains memory that it filled."""
    if library != "libc":
        return _arguments_of_python(library, function, dict(values), outputs, result)
    _, parameters, _ = SIGNATURES[function]
    names = [name if kind != "..." else "argument" for kind, name in parameters]
    given = dict(zip(names, values))
    over = isinstance(result, int) and result >= 0
    return {
        name: _argument(function, name, value, given, outputs, result if over else None)
        for name, value in given.items()
    }


def _argument(
    function: str,
    name: str,
    value: Any,
    given: Mapping[str, Any],
    outputs: Mapping[str, bytes],
    result: int | None,
) -> Any:
    """Decode an argument of a C function; RESULT is `None` if it failed or has not returned."""
    if value is None:
        return None
    after = outputs.get(name)
    if name in ("buffer", "vector", "message"):
        return _data(function, name, value, given, outputs, result)
    if name == "address":
        if after is None or result is None:
            return _address(value) if after is None else Symbol("{...}")
        return _address(after, _ints(outputs["length"], "socklen_t")[0])
    if name == "length" and isinstance(value, bytes):
        both = [*_ints(value, "socklen_t"), *_ints(after or value, "socklen_t")]
        return [Symbol("->".join(map(str, dict.fromkeys(both))))]
    if name == "value":
        if after is None:
            return _option(given, value)
        used = _ints(outputs["length"], "socklen_t")[0] if "length" in outputs else len(after)
        return _option(given, after[:used] if result is not None else None)
    if name == "entries":
        return _poll_entries(value, after)
    if name in ("fds", "sockets"):
        return _ints(after) if after is not None and result is not None else Symbol("[...]")
    return _simple(function, name, value, given, after)


def _simple(
    function: str, name: str, value: Any, given: Mapping[str, Any], after: bytes | None
) -> Any:
    if name == "domain":
        return named(value, _AF)
    if name == "kind":
        return _socket_kind(value)
    if name == "flags":
        return _flags(function, value)
    if name == "how":
        return named(value, _SEEK if function == "lseek" else _SHUT)
    if name == "level":
        return named(value, {"SOL_SOCKET": _socket.SOL_SOCKET})
    if name == "option":
        return named(value, _SO)
    if name == "command":
        return named(value, _FCNTL_COMMANDS)
    if name == "request":
        return named(value, {"FIONREAD": constant("FIONREAD", -1)})
    if name == "mode":
        return octal(value)
    if name in ("old_directory", "new_directory"):
        return named(value, {"AT_FDCWD": constant("AT_FDCWD", -100)})
    if name == "argument":
        return _last_argument(given, value, after)
    if isinstance(value, bytes) and name not in ("old_path", "new_path", "old", "new", "path"):
        return _ints(after or value) if len(value) % 4 == 0 else Data(value, len(value))
    return Symbol(value) if isinstance(value, str) and value.startswith("0x") else value


def _flags(function: str, value: int) -> Any:
    if function in ("accept4", "socketpair"):
        return flags(value, _SOCK_FLAGS)
    if function in ("pipe2", "open"):
        return flags(value, _O) if function == "pipe2" else _open_flags(value)
    if function.startswith("rename"):
        return flags(value, _RENAME)
    if function.startswith(("recv", "send")):
        return flags(value, _MSG)
    return flags(value, _MFD if function == "memfd_create" else {})


def _last_argument(given: Mapping[str, Any], value: Any, after: bytes | None) -> Any:
    """Decode the argument of fcntl(2) or ioctl(2), whose meaning depends on the command."""
    if isinstance(value, bytes):
        return _ints(after or value)
    command = given.get("command")
    if command == fcntl.F_SETFD:
        return flags(value, _FD)
    if command == fcntl.F_SETFL:
        return _open_flags(value)
    return value


def _data(
    function: str,
    name: str,
    value: Any,
    given: Mapping[str, Any],
    outputs: Mapping[str, bytes],
    result: int | None,
) -> Any:
    receives = function.startswith(("recv", "read"))
    if name == "buffer":
        if not receives:
            return Data(value, given["length"])
        return Symbol("...") if result is None else Data(outputs[name], result)
    transferred = (result or 0) if receives else None
    if name == "vector":
        return _vector(value, outputs, transferred)
    vector, control, room = value
    message: dict[str, Any] = {"msg_iov": _vector(vector, outputs, transferred)}
    flags_after = 0
    if receives and result is not None and "message" in outputs:
        filled = ffi.from_buffer("struct msghdr[1]", outputs["message"])[0]
        control, flags_after = (
            outputs.get("control", b"")[: int(filled.msg_controllen)],
            int(filled.msg_flags),
        )
    if control and (result is not None or not receives):
        message["msg_control"] = _control(control)
    elif room:
        message["msg_controllen"] = room
    if flags_after:
        message["msg_flags"] = flags(flags_after, _MSG)
    return message


def _option(given: Mapping[str, Any], octets: bytes | None) -> Any:
    if octets is None:
        return Symbol("...")
    if given.get("option") == _SO["SO_PEERCRED"] and len(octets) == 12:
        return dict(zip(("pid", "uid", "gid"), _ints(octets)))
    return _ints(octets) if len(octets) == 4 else Data(octets, len(octets))


def _arguments_of_python(
    library: str,
    function: str,
    given: dict[str, Any],
    outputs: Mapping[str, bytes],
    result: Any,
) -> dict[str, Any]:
    """Return the decoded arguments of a Python function that makes the call."""
    if library == "fcntl" and function == "flock":
        return {**given, "operation": flags(given["operation"], _LOCK)}
    decoded: dict[str, Any] = {}
    for name, value in given.items():
        if name == "entries":
            decoded[name] = [{"fd": fd, "events": flags(each, _POLL)} for fd, each in value]
        elif name == "buffer":
            is_over = isinstance(result, int)
            sent = Data(value, given["length"]) if value is not None else None
            decoded[name] = sent or (
                Data(outputs.get(name, b""), result) if is_over else Symbol("...")
            )
        elif isinstance(value, tuple):
            beginning, size = value
            decoded[name] = beginning if size == len(beginning) else Data(beginning, size)
        elif name == "mode":
            decoded[name] = octal(value)
        elif name == "flags" and function == "open":
            decoded[name] = _open_flags(value | os.O_CLOEXEC)  # As Python does: PEP 446.
        elif isinstance(value, int) and not isinstance(value, bool):
            decoded[name] = _simple(function, name, value, given, None)
        else:
            decoded[name] = Symbol(value) if isinstance(value, bool) else value
    return decoded


def result_of(library: str, function: str, given: Mapping[str, Any], result: Any) -> Any:
    """Decode the result of a successful call; GIVEN are its decoded arguments."""
    if library == "os" and function in ("stat", "lstat", "fstat") and result:
        mode, inode, device, *_ = result
        kind = named(mode & 0o170000, _KINDS)
        return {"st_mode": Symbol(f"{kind}|{octal(mode)}"), "st_ino": inode, "st_dev": device}
    if function == "fcntl" and given.get("command") == "F_GETFL":
        return _open_flags(result)
    if library == "select":
        return [{"fd": fd, "revents": flags(events, _POLL)} for fd, events in result]
    if result is None:
        return 0  # C returns 0 where Python returns `None`.
    return Symbol(result) if isinstance(result, bool) else result


#: The kinds of files.
_KINDS = {
    "S_IFSOCK": 0o140000,
    "S_IFLNK": 0o120000,
    "S_IFREG": 0o100000,
    "S_IFBLK": 0o060000,
    "S_IFDIR": 0o040000,
    "S_IFCHR": 0o020000,
    "S_IFIFO": 0o010000,
}
