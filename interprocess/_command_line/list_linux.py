"""The Unix domain sockets of Linux, and the processes that have them open. proc(5)."""

from __future__ import annotations

import os
import re
import stat
import sys

from interprocess._command_line.listed import Listed, Process
from interprocess.errors import UnsupportedError
from interprocess.os.linux._sock_diag import UnixSocket, unix_sockets
from interprocess.os.unix.local_socket._names import Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

assert sys.platform == "linux" or sys.platform == "android"

_LINE = re.compile(rb"[0-9a-fA-F]+: \S+ \S+ (\S+) (\S+) (\S+) +(\d+)(?: (.*))?", re.DOTALL)

#: A flag of a socket in `/proc/net/unix`: it listens.
_ACCEPTS = 1 << 16

#: A state of a socket there: it is connected.
_CONNECTED = 3

#: The socket types, by their `SOCK_…` values.
_TYPES = {1: "stream", 2: "datagram", 5: "seqpacket"}

#: What users must know if the sockets are those of `/proc/net/unix`.
INEXACT = (
    "names may be forged: the system refuses to give them exactly, so one that contains line"
    " breaks may look like several sockets"
)


def found(everything: bool) -> tuple[list[Listed], str]:
    """Return the named sockets that listen, or all named sockets; and what users must know."""
    all_sockets, note = _sockets()
    sockets = [socket for socket in all_sockets if socket.address]
    accepted: dict[bytes, int] = {}
    for socket in sockets:
        if socket.connected:
            accepted[socket.address] = accepted.get(socket.address, 0) + 1
    wanted = [socket for socket in sockets if socket.listens or everything]
    owners = _owners({socket.inode for socket in wanted})
    listed = [
        _listed(socket, owners.get(socket.inode, []), accepted.get(socket.address, 0))
        for socket in wanted
    ]
    return sorted(listed, key=lambda one: (one.name or one.address, one.state)), note


def with_processes(files: list[Listed]) -> tuple[list[Listed], str]:
    """Add clients and processes to socket files from the sockets with the same names."""
    sockets, note = found(False)
    known = {one.name: one for one in sockets}
    for file in files:
        one = known.get(os.path.abspath(file.address))
        if one is not None:
            file.clients, file.processes = one.clients, one.processes
    return files, note


def _sockets() -> tuple[list[UnixSocket], str]:
    """Return all sockets, and what users must know about them."""
    try:
        return unix_sockets(), ""
    except OSError:
        return _sockets_of_proc(), INEXACT


def _sockets_of_proc() -> list[UnixSocket]:
    """Return the sockets in `/proc/net/unix`, which does not escape addresses."""
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


def _parsed(line: bytes) -> UnixSocket:
    match = _LINE.fullmatch(line)
    assert match is not None, line
    flags, kind, state = (int(number, 16) for number in match.groups()[:3])
    listens = bool(flags & _ACCEPTS)
    address = match[5] or b""
    if address[:1] == b"@":
        # Each @ may stand for a NUL byte. Only the first is converted: others are rare in names.
        address = b"\0" + address[1:]
    connected = state == _CONNECTED and not listens
    return UnixSocket(kind, listens, connected, int(match[4]), address)


def _listed(socket: UnixSocket, owners: list[int], accepted: int) -> Listed:
    address = socket.address
    is_abstract = address[:1] == b"\0"
    return Listed(
        os.fsdecode(b"@" + address[1:] if is_abstract else address),
        _text(address if is_abstract else _absolute(address, owners)),
        "abstract" if is_abstract else "path",
        _state(socket),
        accepted if socket.listens else None,
        tuple(_processes(owners)),
    )


def _state(socket: UnixSocket) -> str:
    kind = _TYPES.get(socket.kind, f"type {socket.kind}")
    if socket.listens:
        return "listening" if kind == "stream" else f"listening ({kind})"
    return f"connected ({kind})" if socket.connected else f"bound ({kind})"


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
