"""The file of a listening socket: making, replacing and removing it, but never another file.

Another process may put another file at a path at any moment, and no system has a call that removes
or replaces a file only if it is a certain one. So the protocol is this:

**Making.** The socket is bound, gets its permissions and listens in a private directory beside the
path (`_files.staging`) and only then appears at the path, by a rename that replaces nothing. So the
file never exists while it refuses clients or has the wrong permissions. The price: getsockname(2),
and getpeername(2) at the clients, show the temporary path. `Name.of_address` converts it.

**Replacing.** Holding the lock of that directory, the listener checks the old file. It swaps the
two files atomically (renameat2, renamex_np), so that clients always find one of them, and checks
the file that came out: unless that is the socket to be replaced, it is swapped back. If several
processes replace a dead listener, one gets the lock first and swaps; the others then find it alive.
Programs that do not use the lock can interfere only between the check and the swap, which is the
reason for the second check. Where the system or the file system cannot swap, rename(2) replaces the
old file without a second check.

**Removing.** A file is ours if it has our file's device and inode number, which the system gives to
no other file while the socket is open. The file is moved from the path into the private directory,
checked and deleted. If it belongs to a program that does not use the lock and put it there a few
microseconds ago, it is put back: it is missing from its path for a moment, but not lost. The lock
keeps out other listeners of this library.

**Which process removes it.** Several processes may share a listener: after a fork, or because it
was handed to a child. A process that closes it cannot ask whether others have it, but it knows
whether that is possible, and whether it has accepted clients itself.

- The process that made the file removes it before it closes the socket, so that the file never
  refuses clients, if it has accepted or no other process can have the socket.
- Any other process, and one that made the file, forked and never accepted, closes the socket first
  and removes the file only if no process still listens on it. The same applies if the listener was
  not closed but garbage-collected, perhaps at the end of the process. So a parent that leaves its
  server to a child (a daemon) leaves the file to it; so does one of several workers; the last
  process removes the file.

A program that adopts a listener and asks for its file's removal knows only the path that the socket
was bound to. No system tells which file a socket has, and another socket's file may be there by
now. The two can be distinguished because a file's socket is alive while any process has it open: a
file that is dead while our socket is open belongs to another socket. A file that is alive then, and
dead once we have closed our socket, is ours. Only that file is removed.

The process that made the file is identified by its process id and the number of forks. The id alone
is not enough, since a child in a new pid namespace may have the same id as its parent.

A process that is killed, or loses the permission to write to the directory, leaves the file. That
does no harm, and `try_overwrite='if_dead'` replaces it.
"""

from __future__ import annotations

import errno
import os
import stat
import warnings
from time import monotonic

from interprocess._interface import lifetime
from interprocess.os.unix import _calls
from interprocess.os.unix._files import renaming
from interprocess.os.unix._files.beside import fresh_name_beside, shorter
from interprocess.os.unix._files.liveness import in_use, is_alive, with_path
from interprocess.os.unix._files.paths import identity_of, move
from interprocess.os.unix._files.staging import BusyError, Staging
from interprocess.os.unix._unix_socket.address import displayed, socket_address
from interprocess.os.unix._unix_socket.published import NEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._interface.options import Overwrite
    from interprocess.os.unix._files.paths import Identity

#: Seconds for which removing waits for another process that works at the same path.
_PATIENCE = 1.0


class SocketFile:
    """The socket file of one listener: made by `listen`, and removed if it is still the same file.

    - `wanted`: whether closing removes the file.
    - `has_accepted`: whether this process has accepted clients.
    """

    __slots__ = (
        *("_address", "_identity", "_is_ours", "_maker", "_path", "_removed"),
        *("has_accepted", "wanted"),
    )

    def __init__(self, address: bytes) -> None:
        self._address = address
        self._path = _absolute(address)
        self._identity: Identity | None = None
        self._maker: tuple[int, int] | None = None
        self._removed = False
        #: Unknown for the file of another process until the listener is closed.
        self._is_ours = True
        self.has_accepted = False
        self.wanted: bool = True

    @classmethod
    def of_another_process(cls, address: bytes) -> SocketFile:
        """Return the file at ADDRESS, made by a process that may still listen.

        Raises `OSError` if no process listens there, or if that is unknown.
        """
        try:
            if not is_alive(address):
                raise ConnectionRefusedError(errno.ECONNREFUSED, "no process listens there")
            file = cls(address)
            file._identity = identity_of(address)
            file._is_ours = False
        except OSError as error:
            raise with_path(error, address) from None
        return file

    def listen(
        self,
        number: int,
        mode: int,
        owner: int | None,
        group: int | None,
        overwrite: Overwrite,
        spin_time: float,
    ) -> None:
        """Bind a socket with exactly these permissions, listen, and move the file to the path.

        OVERWRITE selects whether to replace an existing socket; SPIN_TIME is the number of seconds
        to wait for other processes that do the same.
        """
        address, deadline = self._address, monotonic() + spin_time
        self._maker = _this_process()
        staging = Staging(self._path, deadline, given=address, must_lock=True)
        try:
            if not staging.exists():
                # This error needs no access to the directory.
                _check_replaceable(self._path, address, overwrite, address)
            with staging:
                staging.bind(number)
                staging.set_owner(owner, group)
                staging.set_mode(mode)
                staging.own = self._identity = staging.identity(NEW)
                _calls.listen(number, _calls.BACKLOG)
                self._appear(staging, overwrite, deadline)
        except BusyError:
            raise in_use(address, "another process is working there") from None
        except OSError as error:
            if error.errno == errno.EBUSY:
                error.strerror = f"{error.strerror}: something is mounted on this file"
            raise with_path(error, address) from None
        finally:
            staging.close()

    def _appear(self, staging: Staging, overwrite: Overwrite, deadline: float) -> None:
        source = staging.inside(NEW)
        while True:
            try:
                move(source, self._path)
                return
            except FileExistsError:
                _check_replaceable(self._path, self._address, overwrite, self._address)
            if source != staging.inside(staging.old):
                os.rename(source, staging.inside(staging.old))
                source = staging.inside(staging.old)
            try:
                renaming.rename_exchange(source, self._path)
            except renaming.RenameUnsupportedError:
                os.rename(source, self._path)
                return
            except FileNotFoundError:
                # Programs that do not use the lock are working there too.
                if monotonic() >= deadline:
                    raise in_use(self._address, "other programs keep changing the file") from None
            else:
                self._drop_replaced(staging, overwrite)
                return

    def _drop_replaced(self, staging: Staging, overwrite: Overwrite) -> None:
        """Delete the file that the new one has replaced, or raise the reason not to."""
        old = staging.inside(staging.old)
        _check_replaceable(old, staging.address(staging.old), overwrite, self._address)
        try:
            os.unlink(old)
        except OSError as error:
            staging.tidy = False
            warnings.warn(
                f"the listener at {displayed(self._address)} works, but the socket file that it"
                f" replaced could not be deleted: {displayed(old)}: {error.strerror}",
                RuntimeWarning,
                stacklevel=2,
            )

    def before_closing(self, others_have_it: bool) -> bool:
        """Return true if the file must be removed while the socket is still open, as it is now."""
        if not self._is_ours and self._is_alive():
            self._is_ours = True  # Never back to false: another thread may have closed it.
        ours = self._maker == _this_process()
        return ours and self.wanted and (self.has_accepted or not others_have_it)

    def claim(self) -> None:
        """Make this process responsible for the file, whichever process has made it."""
        self.wanted = True
        if self._maker is not None:
            self._maker = _this_process()

    def remove(self, _number: int = -1) -> None:
        """Remove the file if it is still ours; the listener must still be open.

        Errors are ignored: a file that cannot be removed stays.
        """
        self._remove(only_if_dead=False)

    def remove_if_dead(self) -> None:
        """Remove the file, after the socket was closed, if no process still listens on it."""
        if self.wanted and self._is_ours and not self._removed:
            self._remove(only_if_dead=True)

    def _is_alive(self) -> bool:
        """Return true if the file exists and a process certainly has its socket open."""
        try:
            return identity_of(self._path) == self._identity and is_alive(
                shorter(self._path, self._address)
            )
        except OSError:
            return False

    def _remove(self, *, only_if_dead: bool) -> None:
        try:
            if identity_of(self._path) != self._identity:
                self._removed = True  # Another process has removed it.
                return
            if only_if_dead and is_alive(shorter(self._path, self._address)):
                return
            self._take_away(only_if_dead)
        except FileNotFoundError:
            self._removed = True
        except OSError:
            pass

    def _take_away(self, only_if_dead: bool) -> None:
        staging = Staging(self._path, monotonic() + _PATIENCE, given=self._address)
        try:
            with staging:
                staging.own = None if only_if_dead else self._identity
                staging.take_away()
                self._judge(staging, only_if_dead)
        except FileNotFoundError:
            raise
        except OSError:
            # The file system is full, or there are no descriptors: without the directory and its
            # lock.
            if not only_if_dead:
                self._take_away_alone()
        finally:
            staging.close()

    def _judge(self, staging: Staging, only_if_dead: bool) -> None:
        old = staging.inside(staging.old)
        address = staging.address(staging.old)
        alive = only_if_dead and address is not None and is_alive(address)
        if identity_of(old) == self._identity and not alive:
            os.unlink(old)
            self._removed = True
        else:
            staging.put_back(staging.old)

    def _take_away_alone(self) -> None:
        beside = fresh_name_beside(self._path)
        os.rename(self._path, beside)
        if identity_of(beside) == self._identity:
            os.unlink(beside)
            self._removed = True
        else:
            move(beside, self._path)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled for a process that is being started: it removes the file only if it is the last.
        state = (self._path, self._identity, self._is_ours, self.wanted)
        return _handed_over, (self._address, *state)


def _handed_over(
    address: bytes, path: bytes, identity: Identity | None, is_ours: bool, wanted: bool
) -> SocketFile:
    file = SocketFile(address)
    file._path, file._identity, file._is_ours, file.wanted = path, identity, is_ours, wanted
    return file


def _this_process() -> tuple[int, int]:
    return os.getpid(), lifetime.generation


def _absolute(path: bytes) -> bytes:
    """Return PATH in a form that stays valid when the process changes its directory."""
    if os.path.isabs(path):
        return path
    try:
        return os.path.join(os.getcwdb(), path)
    except OSError:
        return path  # The directory has no path any more; let the system report errors.


def bind_abstract(number: int, address: bytes) -> None:
    """Bind to an address that is not a file, and listen."""
    try:
        _calls.bind(number, *socket_address(address))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise in_use(
                address, "a living process holds this name, which cannot be overwritten"
            ) from None
        raise with_path(error, address) from None
    _calls.listen(number, _calls.BACKLOG)


def _check_replaceable(
    path: bytes, address: bytes | None, overwrite: Overwrite, shown: bytes
) -> None:
    """Raise the error for an address in use, unless it is free or may be overwritten.

    ADDRESS is a form of the file's PATH that is short enough to connect to. Without it, this does
    not check whether a process listens.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise in_use(shown, "it exists and is not a socket")
    if overwrite is True or address is None:
        return
    try:
        alive = is_alive(address)
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise in_use(
            shown,
            f"cannot tell whether a process listens on this socket of user {status.st_uid}:"
            f" {error.strerror}",
        ) from None
    if alive:
        raise in_use(shown, "a living process holds this socket")
    if not overwrite:
        raise in_use(
            shown, "no process listens on this socket any more; try_overwrite='if_dead' replaces it"
        )
