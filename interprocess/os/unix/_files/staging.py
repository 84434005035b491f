"""A private directory beside a path, in which a file is prepared before it appears there.

For `/run/app.sock` it is `/run/.app.sock.ip`. It exists only while the file of a listener or a FIFO
file is being made, replaced or removed: about 100 µs. It has three purposes.

- It is **private** (mode 0700). Other users cannot reach its files. So a file gets its exact
  permissions there whatever the umask is; it never has more, and no other file can take its place.
- It is **a lock**. A process locks it (flock(2)) before it works in it, so that only one process at
  a time works at a path. The lock vanishes with its process. No call blocks in flock(2): a signal
  handler could wait there for the thread that it has interrupted.
- It is **an undo log**. `new` is a file that has not appeared at its path yet; `old…` was moved
  away from the path and has not been checked yet. A process that leaves the directory, or finds it
  abandoned, deletes `new`, and deletes `old…` if that is its own file or a socket without a
  listener. Any other file goes back to the path. So an error, an exception from a signal handler or
  a SIGKILL leaves either the state before or the state after, and the next call for the same path
  cleans up. Only sockets and new FIFO files are ever deleted.

The lock is on a directory of our own, not on the parent directory of the path. The parent may be
unreadable, may be locked for another purpose (systemd-tmpfiles does not clean locked directories),
could be locked by any user with read access, and would make listeners with different names wait for
each other.

Locking is impossible in three cases: in a signal handler that works at the same path as the thread
it has interrupted, if the name is taken by another kind of file, and on a file system without
flock(2). Then the work is done in a directory with a new name (`.app.sock.ip-` and eight digits).
In the handler that is as good, because its thread has the lock. In the other two cases every step
still leaves the files of other programs alone, but if several processes replace a dead listener at
the same moment, more than one may believe that it succeeded, and files that a killed process leaves
there remain.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from _thread import get_ident
from time import monotonic, sleep

from interprocess._bindings.libc import constant
from interprocess._interface import lifetime
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.numbers import close_numbers
from interprocess.os.unix._files import renaming
from interprocess.os.unix._files.beside import (
    digits,
    fresh_name_beside,
    name_beside,
    shorter,
)
from interprocess.os.unix._files.liveness import is_alive
from interprocess.os.unix._files.paths import identity_of, move, set_mode
from interprocess.os.unix._files.short_directory import ShortDirectory
from interprocess.os.unix._unix_socket.address import MAX_ADDRESS, socket_address
from interprocess.os.unix._unix_socket.published import NEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.unix._files.paths import Identity

#: The prefix of the names of files that were moved away from the path.
_OLD = b"old"
_OPEN = os.O_RDONLY | constant("O_DIRECTORY", 0) | constant("O_NOFOLLOW", 0)
#: The pause between two attempts to get the lock, in seconds.
_PAUSE = 0.001

#: The errors of file systems without flock(2); ENOTSUP equals EOPNOTSUPP on Linux.
_NO_FLOCK = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENOLCK, errno.EBADF}
#: The results of an attempt to lock. Busy includes a directory that vanishes meanwhile.
_LOCKED, _BUSY, _FOREIGN, _UNLOCKABLE = range(4)

#: The locks of this process: the directory's descriptor, its identity and the thread.
_held: dict[int, tuple[Identity, int]] = {}


def _forked() -> None:
    # The locks belong to the parent. A child that kept them open would hold them as long as it
    # lives.
    close_numbers(list(_held))
    _held.clear()


os.register_at_fork(after_in_child=_forked)


class BusyError(Exception):
    """Another process has been working at the path for too long."""


class Staging:
    """The directory beside a path, for the duration of a `with` block.

    An exception from a signal handler may interrupt the end of the block: `close` completes it.
    """

    def __init__(
        self, path: bytes, deadline: float, *, given: bytes = b"", must_lock: bool = False
    ) -> None:
        """Prepare to work at PATH. GIVEN is another, perhaps shorter, form of the same path.

        While another process is working there, entering waits until DEADLINE. Then it raises
        `BusyError` if MUST_LOCK is true, and otherwise proceeds without the lock. It does the same
        if another user's directory is in the way.
        """
        self._path = path
        self._given = given or path
        self._directory = name_beside(path)
        self._deadline = deadline
        self._must_lock = must_lock
        self._generation = lifetime.generation
        self._numbers: list[int] = []
        self._identity: Identity | None = None
        self._state = _BUSY
        self._private = self._open = False
        self._short: ShortDirectory | None = None
        #: The name of the file from the path after it was moved away.
        self.old = _OLD + digits()
        #: The identity of the caller's own file, once it is known.
        self.own: Identity | None = None
        #: True if files must be deleted or put back at the end.
        self.tidy = True

    def __enter__(self) -> Staging:
        self._open = True
        try:
            self._make_and_lock()
            while self._must_wait():
                if monotonic() >= self._deadline:
                    if self._must_lock and self._state == _BUSY:
                        raise BusyError
                    break
                sleep(_PAUSE)
                self._make_and_lock()
            if self._state != _LOCKED and not self._private:
                self._make_private()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def exists(self) -> bool:
        """Return true if another process is working at the path, or was killed there."""
        return os.path.lexists(self._directory)

    def inside(self, name: bytes) -> bytes:
        """Return the path of a file in the directory."""
        return self._directory + b"/" + name

    def address(self, name: bytes) -> bytes | None:
        """Return a path of a file in the directory that is short enough for a socket's address.

        On Linux there always is one, through `/proc`; elsewhere there may be none.
        """
        relative = os.path.join(os.path.dirname(self._given), os.path.basename(self._directory))
        for directory in (self._directory, relative):
            if len(directory) + 1 + len(name) <= MAX_ADDRESS:
                return directory + b"/" + name
        for number in self._numbers:
            through = b"/proc/self/fd/%d" % number
            if os.path.isdir(through):
                return through + b"/" + name
        return None

    def bind(self, number: int) -> None:
        """Bind a socket to the new file's name. bind(2).

        If the name is too long for an address, the socket is bound to a shorter name in another
        private directory and then moved. Raises `OSError` (ENAMETOOLONG) if that is too long too.
        """
        address = self.address(NEW)
        if address is not None:
            _calls.bind(number, *socket_address(address))
            return
        self._short = ShortDirectory(self._path, self._given, locked=self._state == _LOCKED)
        self._short.make()
        _calls.bind(number, *socket_address(self._short.address))
        os.rename(self._short.address, self.inside(NEW))
        self._short.remove()

    def identity(self, name: bytes) -> Identity:
        """Return the identity of a file in the directory."""
        return identity_of(self.inside(name))

    def set_mode(self, mode: int) -> None:
        """Give the new file its permissions. fchmodat(2)."""
        os.chmod(NEW, mode, dir_fd=self._numbers[0])

    def set_owner(self, owner: int | None, group: int | None) -> None:
        """Set the owner and group of the new file, where they are not `None`. fchownat(2)."""
        if owner is not None or group is not None:
            to = (-1 if owner is None else owner, -1 if group is None else group)
            os.chown(NEW, *to, dir_fd=self._numbers[0], follow_symlinks=False)

    def take_away(self) -> None:
        """Move the file at the path into the directory, to be checked there. rename(2)."""
        os.rename(self._path, self.inside(self.old))

    def put_back(self, name: bytes) -> None:
        """Move a file back to the path, unless another file is there now.

        Our own file and dead sockets do not count: they are what it was exchanged with.
        """
        path = self.inside(name)
        try:
            move(path, self._path)
        except FileExistsError:
            if self._may_go(self._path, shorter(self._path, self._given)):
                renaming.rename_exchange(path, self._path)
                self._settle(name, may_put_back=False)

    # The lock

    def _make_and_lock(self) -> None:
        """Make the directory, or take over the one that a killed process has left, and lock it."""
        made = True
        try:
            os.mkdir(self._directory, 0o700)
        except FileExistsError:
            made = False
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            self._state = (
                _UNLOCKABLE  # The path may be short enough even if the directory's is not.
            )
            return
        self._state = self._lock(made)
        if self._state == _LOCKED and not made:
            self._clear()
        elif self._state == _UNLOCKABLE and made:
            self._private = True

    def _lock(self, made: bool = False) -> int:
        """Lock the directory, unless that is impossible, and return the new state."""
        self._unlock()
        self._identity = None
        try:
            status = self._open_directory(made)
        except FileNotFoundError:
            return _BUSY
        except PermissionError:
            return _FOREIGN
        except OSError:
            # Systems have different errors for a symbolic link: ELOOP, ENOTDIR, EMLINK, EFTYPE.
            if os.path.isdir(self._directory) and not os.path.islink(self._directory):
                raise
            return _UNLOCKABLE
        if status.st_uid != os.geteuid() or (not made and status.st_mode & 0o077):
            return _FOREIGN
        self._identity = status.st_dev, status.st_ino
        return self._flock(self._numbers[0], self._identity)

    def _flock(self, number: int, identity: Identity) -> int:
        # Noted in advance, for a signal handler that finds the lock taken.
        _held[number] = identity, get_ident()
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if identity_of(self._directory) == identity:
                return _LOCKED
            state = _BUSY  # Its last user has removed it meanwhile, and another directory is there.
        except (BlockingIOError, FileNotFoundError):
            state = _BUSY
        except OSError as error:
            if error.errno not in _NO_FLOCK:
                raise
            state = _UNLOCKABLE
        del _held[number]
        return state

    def _open_directory(self, made: bool) -> os.stat_result:
        try:
            self._numbers += map(os.open, (self._directory,), (_OPEN,))
        except PermissionError:
            if not made:
                raise
            # The umask takes permissions even from the owner.
            set_mode(self._directory, 0o700)
            self._numbers += map(os.open, (self._directory,), (_OPEN,))
        status = os.fstat(self._numbers[0])
        if made and status.st_mode & 0o700 != 0o700:
            _calls.fchmod(self._numbers[0], 0o700)
        return status

    def _must_wait(self) -> bool:
        """Return true if the lock may become free while this thread waits."""
        if self._state == _BUSY:
            return (self._identity, get_ident()) not in list(_held.values())
        return self._state == _FOREIGN

    def _make_private(self) -> None:
        """Make a directory with a unique name, where locking is impossible."""
        self._unlock()
        self._private = True
        self._directory = fresh_name_beside(self._path)
        os.mkdir(self._directory, 0o700)
        if self._open_directory(made=True).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "a directory made beside it belongs to another user")

    # The end

    def close(self) -> None:
        """Undo incomplete steps, remove the directory and unlock it; calling it again continues."""
        if not self._open:
            return
        if self._generation != lifetime.generation:
            # A signal handler has forked meanwhile, and this is the child: the parent does the
            # work, and `_forked` has closed the descriptor.
            self._numbers.clear()
            self._open = False
            return
        for _ in range(2):  # A signal handler may have raised the first error, say a TimeoutError.
            try:
                if self._private or self._state == _LOCKED or self._lock() == _LOCKED:
                    self._remove()
                break
            except OSError:
                pass
        self._unlock()
        self._open = False

    def _unlock(self) -> None:
        while self._numbers:
            try:
                for number in self._numbers:
                    if _held.pop(number, None) is not None:
                        # This also unlocks the copy in a forked process.
                        fcntl.flock(number, fcntl.LOCK_UN)
                close_numbers(self._numbers)
            except OSError:
                pass  # An error of the system, which changes nothing, or of a signal handler.

    def _remove(self) -> None:
        if self._short is not None:
            self._short.remove()
        try:
            os.rmdir(self._directory)
        except FileNotFoundError:
            pass
        except OSError:
            if self.tidy:
                self._clear()
            os.rmdir(self._directory)

    def _clear(self) -> None:
        """Delete our own files and dead sockets, and put all other files back."""
        for name in os.listdir(self._directory):
            try:
                self._settle(name)
            except (OSError, renaming.RenameUnsupportedError):
                pass  # The file stays, and so does the directory.

    def _settle(self, name: bytes, may_put_back: bool = True) -> None:
        path = self.inside(name)
        if name == NEW:
            mode = os.lstat(path).st_mode
            if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
                os.unlink(path)
        elif name.startswith(_OLD) and len(name) == len(self.old):
            if self._may_go(path, self.address(name)):
                os.unlink(path)
            elif may_put_back:
                self.put_back(name)

    def _may_go(self, path: bytes, address: bytes | None) -> bool:
        """Return true if a file is our own, or a socket that certainly has no listener."""
        status = os.lstat(path)
        if (status.st_dev, status.st_ino) == self.own:
            return True
        try:
            return stat.S_ISSOCK(status.st_mode) and address is not None and not is_alive(address)
        except OSError:
            return False
