"""The sockets in `/proc/net/unix`, and the processes that have them open. proc(5).

The file does not escape addresses: one that contains line breaks may look like several sockets.
"""

from __future__ import annotations

import os
import re
import stat
import sys

from interprocess._command_line.listed import Listed, Process
from interprocess.errors import UnsupportedError
from interprocess.os.unix.local_socket._names import Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

assert sys.platform != "win32"

_LINE = re.compile(rb"[0-9a-fA-F]+: \S+ \S+ (\S+) (\S+) (\S+) +(\d+)(?: (.*))?", re.DOTALL)

#: A flag of a socket: it listens.
_ACCEPTS = 1 << 16

#: The socket types, by their `SOCK_…` values.
_TYPES = {1: "stream", 2: "datagram", 5: "seqpacket"}

#: A state of a socket: it is connected.
_CONNECTED = 3


class _Socket:
    def __init__(self, flags: int, kind: int, state: int, inode: int, address: bytes) -> None:
        self.listens = bool(flags & _ACCEPTS)
        self.kind = kind
        self.is_connected = state == _CONNECTED and not self.listens
        self.inode = inode
        self.address = address


def found(everything: bool) -> list[Listed]:
    """Return the named sockets that listen, or all named sockets."""
    sockets = [socket for socket in _sockets() if socket.address]
    accepted: dict[bytes, int] = {}
    for socket in sockets:
        if socket.is_connected:
            accepted[socket.address] = accepted.get(socket.address, 0) + 1
    wanted = [socket for socket in sockets if socket.listens or everything]
    owners = _owners({socket.inode for socket in wanted})
    listed = [
        _listed(socket, owners.get(socket.inode, []), accepted.get(socket.address, 0))
        for socket in wanted
    ]
    return sorted(listed, key=lambda one: (one.name or one.address, one.state))


def with_processes(files: list[Listed]) -> list[Listed]:
    """Add clients and processes to socket files from the sockets with the same names."""
    known = {one.name: one for one in found(False)}
    for file in files:
        one = known.get(os.path.abspath(file.address))
        if one is not None:
            file.clients, file.processes = one.clients, one.processes
    return files


def _sockets() -> list[_Socket]:
    try:
        with open("/proc/net/unix", "rb") as file:
            content = file.read()
    except OSError as error:
        message = f"the system does not list its sockets: {error.strerror}"
        raise UnsupportedError(error.errno, message, error.filename) from None
    lines: list[bytes] = []
    for line in content.split(b"\n")[1:-1]:
        if _LINE.fullmatch(line) or not lines:
            lines.append(line)
        else:
            lines[-1] += b"\n" + line  # An address may contain anything.
    return [_parsed(line) for line in lines]


def _parsed(line: bytes) -> _Socket:
    match = _LINE.fullmatch(line)
    assert match is not None, line
    flags, kind, state = (int(number, 16) for number in match.groups()[:3])
    return _Socket(flags, kind, state, int(match[4]), match[5] or b"")


def _listed(socket: _Socket, owners: list[int], accepted: int) -> Listed:
    address = socket.address
    is_abstract = address[:1] == b"@"
    # Each @ may stand for a NUL byte. Only the first is converted: others are rare in names.
    name = _text(b"\0" + address[1:] if is_abstract else _absolute(address, owners))
    return Listed(
        os.fsdecode(address),
        name,
        "abstract" if is_abstract else "path",
        _state(socket),
        accepted if socket.listens else None,
        tuple(_processes(owners)),
    )


def _state(socket: _Socket) -> str:
    kind = _TYPES.get(socket.kind, f"type {socket.kind}")
    if socket.listens:
        return "listening" if kind == "stream" else f"listening ({kind})"
    return f"connected ({kind})" if socket.is_connected else f"bound ({kind})"


def _text(address: bytes) -> str | None:
    """Return the text that `connect` accepts for an address, or `None` if there is none."""
    if address[:1] not in (b"\0", b"/"):
        return None  # Relative to an unknown directory.
    if address[:1] == b"/":
        address = re.sub(rb"/(\./)+", b"/", address)
    try:
        return Name.of_address(address).as_text()
    except ValueError:
        return None


def _absolute(path: bytes, owners: list[int]) -> bytes:
    """Return a relative PATH as an absolute path, if it leads to a socket.

    It is relative to the current directory of its process, which may have changed since.
    """
    if path[:1] == b"/":
        return path
    for pid in owners:
        try:
            candidate = os.path.join(os.readlink(b"/proc/%d/cwd" % pid), path)
            published = Name.of_address(candidate).address
            if stat.S_ISSOCK(os.stat(published).st_mode):
                return candidate
        except (OSError, ValueError):
            pass
    return path


def _owners(inodes: set[int]) -> dict[int, list[int]]:
    """Return the processes that have each socket open, as far as we may see them."""
    owners: dict[int, list[int]] = {}
    for pid in _numbers("/proc"):
        try:
            for number in set(_inodes(pid)) & inodes:
                owners.setdefault(number, []).append(pid)
        except OSError:
            pass  # The process belongs to another user, or has ended.
    return owners


def _numbers(directory: str) -> Iterator[int]:
    return (int(name) for name in os.listdir(directory) if name.isdigit())


def _inodes(pid: int) -> Iterator[int]:
    for number in _numbers(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{number}")
        except OSError:
            continue  # The descriptor has just been closed.
        if target.startswith("socket:["):
            yield int(target[len("socket:[") : -1])


def _processes(pids: Iterable[int]) -> Iterator[Process]:
    for pid in sorted(pids):
        try:
            user = os.stat(f"/proc/{pid}").st_uid
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().rstrip(b"\0").split(b"\0")
        except OSError:
            continue  # The process has ended.
        yield Process(pid, _user_name(user), os.fsdecode(b" ".join(words)))


def _user_name(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
