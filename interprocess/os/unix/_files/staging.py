"""A private directory beside a path, in which a file is made ready before it appears there.

For `/run/app.sock` it is `/run/.app.sock.ip`, and it exists only while a listener's or a FIFO file
at that path is being made, replaced or removed: some 100 µs. It serves three purposes.

- It is **private** (mode 0700). Other users do not reach what is in it, so a file gets its exact
  permissions there whatever the umask is, without having had more for a moment, and without a
  chance that something else has taken its place.
- It is **a lock**. A process that works in it has locked it (flock(2)), so that of several
  processes that want one path only one acts at a time. The lock vanishes with its process. No call
  waits in flock(2): a signal handler could wait there for the thread that it has interrupted.
- It is **a record of what to undo**. `new` is a file that has not appeared at its path yet; `old…`
  was taken away from the path and has not been judged yet. A process that leaves the directory, or
  finds it without a process at work, deletes `new`, and deletes `old…` if it is its own
  file or a socket that no process listens on. Anything else goes back to the path. So an error, an
  exception from a signal handler or a SIGKILL leaves the state before or the state after, and the
  next call for the same path clears what is left. Only sockets and new FIFO files are ever deleted.

The lock is on a directory of our own, not on the one that holds the path: that one may be closed to
reading, may be locked for another purpose (systemd-tmpfiles spares what is locked), could be locked
by any user who may read it, and would make listeners with different names wait for each other.

Three things can be in the way of the lock: a signal handler that works at the path at which its own
thread is at work, something else with that name, and a file system without flock(2).
Then the work goes on in a directory with a fresh name (`.app.sock.ip-` and eight digits). In the
handler that is as good, because the thread has the lock. In the other two cases every step still
leaves alone what belongs to others, but of several processes that replace a dead listener at one
moment, more than one may believe that it succeeded; and what a killed process leaves there stays.
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
    NEW,
    digits,
    fresh_name_beside,
    name_beside,
    shorter,
)
from interprocess.os.unix._files.liveness import is_alive
from interprocess.os.unix._files.paths import identity_of, move, set_mode
from interprocess.os.unix._files.short_directory import ShortDirectory
from interprocess.os.unix._unix_socket.address import MAX_ADDRESS, socket_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.unix._files.paths import Identity

#: How the names of files begin that were taken away from the path.
_OLD = b"old"
_OPEN = os.O_RDONLY | constant("O_DIRECTORY", 0) | constant("O_NOFOLLOW", 0)
#: How long to wait, in seconds, before asking again for the lock.
_PAUSE = 0.001

#: How file systems say that they have no flock(2), ENOTSUP and EOPNOTSUPP being one on Linux.
_NO_FLOCK = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENOLCK, errno.EBADF}
#: What an attempt to lock has come to. Busy is also what vanishes meanwhile.
_LOCKED, _BUSY, _FOREIGN, _UNLOCKABLE = range(4)

#: The locks of this process: the directory's descriptor, its identity, the thread at work.
_held: dict[int, tuple[Identity, int]] = {}


def _forked() -> None:
    # The locks are the parent's. A child that kept them open would hold them while it lives.
    close_numbers(list(_held))
    _held.clear()


os.register_at_fork(after_in_child=_forked)


class BusyError(Exception):
    """Another process has been at work at the path for too long."""


class Staging:
    """The directory beside a path, for the time of a `with` block.

    An exception from a signal handler may cut the end of the block short: `close` completes it.
    """

    def __init__(
        self, path: bytes, deadline: float, *, given: bytes = b"", must_lock: bool = False
    ) -> None:
        """Prepare to work at PATH. GIVEN is another, perhaps shorter, form of the same path.

        While another process is at work there, entering waits until DEADLINE. Then it raises
        `BusyError` with MUST_LOCK, and does without the lock otherwise. So it does, at that time,
        if a directory of another user is in the way.
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
        #: What the file at the path is called after it was taken away.
        self.old = _OLD + digits()
        #: The identity of the caller's own file, as soon as it is known.
        self.own: Identity | None = None
        #: Whether to delete and to undo at the end.
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
        """Whether another process is at work at the path, or was killed there."""
        return os.path.lexists(self._directory)

    def inside(self, name: bytes) -> bytes:
        """Return the path of a file in the directory."""
        return self._directory + b"/" + name

    def address(self, name: bytes) -> bytes | None:
        """Return a path of a file in the directory that is short enough for a socket's address.

        Linux has one always, through `/proc`; elsewhere there may be none.
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

        Where that is too long for an address, it is bound to a shorter name in another private
        directory, and moved. Raises `OSError` (ENAMETOOLONG) if that is too long as well.
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
        """Give the new file to a user and a group, where they are not `None`. fchownat(2)."""
        if owner is not None or group is not None:
            to = (-1 if owner is None else owner, -1 if group is None else group)
            os.chown(NEW, *to, dir_fd=self._numbers[0], follow_symlinks=False)

    def take_away(self) -> None:
        """Move what is at the path into the directory, to be judged there. rename(2)."""
        os.rename(self._path, self.inside(self.old))

    def put_back(self, name: bytes) -> None:
        """Move what was taken away from the path back, unless something else is there now.

        Our own file and dead sockets are not in the way: they are what it was exchanged with.
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
        """Make the directory, or take over what a killed process has left, and lock it."""
        made = True
        try:
            os.mkdir(self._directory, 0o700)
        except FileExistsError:
            made = False
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            self._state = _UNLOCKABLE  # The path may fit where a longer name does not.
            return
        self._state = self._lock(made)
        if self._state == _LOCKED and not made:
            self._clear()
        elif self._state == _UNLOCKABLE and made:
            self._private = True

    def _lock(self, made: bool = False) -> int:
        """Lock the directory, unless that is impossible, and return what came of it."""
        self._unlock()
        self._identity = None
        try:
            status = self._open_directory(made)
        except FileNotFoundError:
            return _BUSY
        except PermissionError:
            return _FOREIGN
        except OSError:
            # Systems have errors of their own for a symbolic link: ELOOP, ENOTDIR, EMLINK, EFTYPE.
            if os.path.isdir(self._directory) and not os.path.islink(self._directory):
                raise
            return _UNLOCKABLE
        if status.st_uid != os.geteuid() or (not made and status.st_mode & 0o077):
            return _FOREIGN
        self._identity = status.st_dev, status.st_ino
        return self._flock(self._numbers[0], self._identity)

    def _flock(self, number: int, identity: Identity) -> int:
        # Before it is true, for a signal handler that finds the lock taken.
        _held[number] = identity, get_ident()
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if identity_of(self._directory) == identity:
                return _LOCKED
            state = _BUSY  # Its last user has removed it meanwhile, and another has come.
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
        """Whether the lock may become free while this thread waits."""
        if self._state == _BUSY:
            return (self._identity, get_ident()) not in list(_held.values())
        return self._state == _FOREIGN

    def _make_private(self) -> None:
        """Make a directory with a name that no other process uses, where there is no lock."""
        self._unlock()
        self._private = True
        self._directory = fresh_name_beside(self._path)
        os.mkdir(self._directory, 0o700)
        if self._open_directory(made=True).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "a directory made beside it belongs to another user")

    # The end

    def close(self) -> None:
        """Undo what is not complete, remove the directory and unlock it, or go on with that."""
        if not self._open:
            return
        if self._generation != lifetime.generation:
            # A signal handler has forked in the midst of it all, and this is the child: the parent
            # does the work, and `_forked` has closed the descriptor.
            self._numbers.clear()
            self._open = False
            return
        for _ in range(2):  # A signal handler may have raised the first error: a TimeoutError, say.
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
                        # Also in a forked process that has a copy.
                        fcntl.flock(number, fcntl.LOCK_UN)
                close_numbers(self._numbers)
            except OSError:
                pass  # The system's, which changes nothing, or a signal handler's.

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
        """Delete what is ours or dead, and put everything else back where it was."""
        for name in os.listdir(self._directory):
            try:
                self._settle(name)
            except (OSError, renaming.RenameUnsupportedError):
                pass  # It stays, and so does the directory.

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
        """Whether a file is our own, or a socket of which we know that no process listens on it."""
        status = os.lstat(path)
        if (status.st_dev, status.st_ino) == self.own:
            return True
        try:
            return stat.S_ISSOCK(status.st_mode) and address is not None and not is_alive(address)
        except OSError:
            return False
