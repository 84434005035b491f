"""The file that a listening socket has in the file system: made, replaced, removed, and only that.

Anybody may put something else under a path at any moment. So nothing here acts on what a path was a
moment ago where the system has a call that looks and acts at once, and nothing is ever deleted but
sockets: our own when the listener closes, an old one when we have been told to replace it.
"""

from __future__ import annotations

import errno
import os
import stat
from time import monotonic

from interprocess._bindings.libc import constant
from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._address import MAX_ADDRESS, displayed, probe, socket_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.options import Overwrite

#: Opens a file without any right to its contents, to name it by its descriptor. Linux.
O_PATH = constant("O_PATH", 0)


class SocketFile:
    """The socket file of one listener, which that listener's process may remove."""

    __slots__ = ("_identity", "_maker", "path")

    def __init__(self, path: bytes, identity: tuple[int, int]) -> None:
        # Absolute, because the process may change its directory before the listener closes.
        self.path = os.path.join(os.getcwdb(), path)
        self._identity = identity
        self._maker = os.getpid()

    def renamed(self, path: bytes) -> SocketFile:
        """Return the same file, of which the caller knows that it has moved to PATH."""
        return SocketFile(path, self._identity)

    def remove(self) -> None:
        """Remove the file if it is still ours; the listener must still be open.

        As long as the socket is open the system does not give its file's inode number to another
        file. A forked child has the listener too, but the name is its parent's. What cannot be
        removed stays: a socket file that nobody listens on does no harm, and the next listener says
        what to do with it.
        """
        if os.getpid() != self._maker:
            return
        try:
            if _identity_of(self.path) == self._identity:
                os.unlink(self.path)
        except OSError:
            pass


def _identity_of(path: bytes) -> tuple[int, int]:
    status = os.lstat(path)
    return status.st_dev, status.st_ino


def bind_abstract(number: int, address: bytes) -> None:
    """Bind to an address that is no file, and listen."""
    try:
        _calls.bind(number, *socket_address(address))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _in_use(
                address, "a living process holds this name, which cannot be overwritten"
            ) from None
        raise _with_path(error, address) from None
    _calls.listen(number, _calls.BACKLOG)


def bind_file(
    number: int, path: bytes, mode: int, overwrite: Overwrite, spin_time: float
) -> SocketFile:
    """Bind to a path, with exactly the permissions MODE, and listen.

    With OVERWRITE a socket that is already there is replaced in one step: there is no moment at
    which clients find nothing, and none at which they find a socket that does not listen yet.
    """
    try:
        return _bind_and_listen(number, path, mode)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise _with_path(error, path) from None
    _check_replaceable(path, overwrite)
    temporary = _bind_beside(number, path, mode)
    try:
        _replace(temporary.path, path, overwrite, monotonic() + spin_time)
    except BaseException:
        temporary.remove()
        raise
    return temporary.renamed(path)


def _bind_and_listen(number: int, path: bytes, mode: int) -> SocketFile:
    # On Linux this keeps the file from ever having more permissions than MODE; elsewhere it may
    # fail.
    try:
        _calls.fchmod(number, mode)
    except OSError:
        pass
    if _kernel.BIND_FOLLOWS_LINKS and os.path.islink(path):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    _calls.bind(number, *socket_address(path))
    socket_file = SocketFile(path, _identity_of(path))
    try:
        # The umask has taken permissions away. Nobody can connect before `listen`.
        _set_mode(path, mode)
        _calls.listen(number, _calls.BACKLOG)
    except BaseException:
        socket_file.remove()
        raise
    return socket_file


def _set_mode(path: bytes, mode: int) -> None:
    """Give a socket's file, and never what a symbolic link leads to, these permissions."""
    if stat.S_IMODE(os.lstat(path).st_mode) == mode:
        return
    if os.chmod in os.supports_follow_symlinks:
        os.chmod(path, mode, follow_symlinks=False)
        return
    if not (O_PATH and os.path.isdir("/proc/self/fd")):
        # Nothing looks and acts at once here. Where others cannot replace our file, that is enough.
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(errno.EEXIST, "something else took the socket's place", path)
        os.chmod(path, mode)
        return
    # Linux has no chmod that leaves symbolic links alone, but can name what has been opened.
    number = os.open(path, O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            raise FileExistsError(errno.EEXIST, "something else took the socket's place", path)
        os.chmod(f"/proc/self/fd/{number}", mode)
    finally:
        os.close(number)


def _bind_beside(number: int, path: bytes, mode: int) -> SocketFile:
    """Bind to a fresh name in the same directory, where a rename can take it to PATH."""
    directory = os.path.dirname(path)
    prefix = os.path.join(directory, b".") if directory else b"."
    room = MAX_ADDRESS - len(prefix)
    if room < 1:
        raise OSError(errno.ENAMETOOLONG, "no room for a temporary name in this directory", path)
    for _ in range(100):
        temporary = prefix + os.urandom(8).hex().encode()[: max(1, min(room, 16))]
        try:
            return _bind_and_listen(number, temporary, mode)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _with_path(error, path) from None
    raise _in_use(path, f"no free temporary name of {room} bytes beside it")


def _replace(temporary: bytes, path: bytes, overwrite: Overwrite, deadline: float) -> None:
    """Put the socket TEMPORARY in the place of PATH and remove the socket that was there."""
    while True:
        try:
            if _swap(temporary, path):
                _discard_replaced(temporary, path, overwrite)
            return
        except (FileNotFoundError, FileExistsError):
            # The path came or went between our steps.
            if monotonic() >= deadline:
                raise _in_use(path, "others keep changing what is there") from None
        _check_replaceable(path, overwrite)


def _swap(temporary: bytes, path: bytes) -> bool:
    """Put TEMPORARY in the place of PATH; return whether the old one is at TEMPORARY now.

    Raises `FileNotFoundError` if there was nothing to swap with and `FileExistsError` if there was
    something after all.
    """
    try:
        if os.path.lexists(path):
            _calls.rename_exchange(temporary, path)
            return True
        _calls.rename_no_replace(temporary, path)
    except _calls.RenameUnsupportedError:
        # The look at PATH, a moment ago, is the best that this system or file system can do.
        os.rename(temporary, path)
    return False


def _discard_replaced(replaced: bytes, path: bytes, overwrite: Overwrite) -> None:
    """Remove what has been swapped out; if it should not have been replaced, swap it back."""
    try:
        _check_replaceable(replaced, overwrite)
    except OSError as error:
        _calls.rename_exchange(replaced, path)
        raise _with_path(error, path) from None
    os.unlink(replaced)


def _check_replaceable(path: bytes, overwrite: Overwrite) -> None:
    """Raise the error for an address in use, unless it is one that may be overwritten."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise _in_use(path, "it exists and is not a socket")
    if overwrite is True:
        return
    if is_alive(path):
        raise _in_use(path, "a living process holds this socket")
    if not overwrite:
        raise _in_use(
            path, "nobody listens on this socket any more; try_overwrite='if_dead' replaces it"
        )


def is_alive(path: bytes) -> bool:
    """Whether some process still has the socket of this file open.

    Asked so that no listener sees a client come and go.
    """
    # Where we may not know (EACCES, say), better leave it alone.
    return probe(path) not in (errno.ECONNREFUSED, errno.ENOENT)


def _in_use(path: bytes, why: str) -> OSError:
    return OSError(errno.EADDRINUSE, f"{os.strerror(errno.EADDRINUSE)}: {why}", displayed(path))


def _with_path(error: OSError, path: bytes) -> OSError:
    """Return ERROR with the address that the user gave."""
    return OSError(error.errno, error.strerror, displayed(path))
