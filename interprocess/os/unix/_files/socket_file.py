"""The file of a listening socket: made, replaced and removed, and no other file with it.

Another process may put another file under a path at any moment, and no system has a call that
removes or replaces a file on condition that it is a certain one. So the protocol is this:

**Making.** The socket is bound, gets its permissions and listens in a private directory beside the
path (`_files.staging`) and only then appears at the path, by a rename that replaces
nothing. There is no moment at which the file exists and refuses clients or has other permissions
than it should. The price: getsockname(2), and getpeername(2) at the clients, show the temporary
path. `Name.of_address` knows how to read it.

**Replacing.** Holding the lock of that directory, the listener looks at the old file, and decides.
It swaps the two in one step (renameat2, renamex_np), so that clients always find one of them, and
looks at what came out: anything but the socket that it was told to replace goes back by the same
step. Of several processes that replace a dead listener one gets the lock first and swaps; the
others then find it alive. Programs that know nothing of the lock can come between the look and the
swap only, and that is what the second look is for. Where the system or the file system cannot swap,
rename(2) replaces what is there without a second look.

**Removing.** A file is ours if it has our file's device and inode number, which the system gives
to no other file while the socket is open. The file is taken away from the path, looked at in the
private directory and deleted, or put back if a program that knows nothing of the lock has put its
own there in the last few microseconds. That one is missing from its path for as long as this takes,
but it is not lost. With the lock, no listener of ours can come in between.

**Who removes it.** Several processes may have one listener: after a fork, or because it was handed
to a child. A process that closes it cannot ask whether there are others, but it knows whether
there may be, and whether it has accepted clients itself.

- The process that made the file removes it before it closes the socket, so that there is no file
  that refuses, if it has accepted or no other process can have the socket.
- Any other process, and one that made the file, forked and never accepted, closes the socket first
  and removes the file only if no process listens on it then. The same holds if the listener was not
  closed but dropped, by the end of the process perhaps. So a parent that leaves its server to a
  child (a daemon) takes nothing away from it; neither does a worker among several; and the last one
  removes the file.

A program that adopts a listener and asks for its file's removal has nothing but the path that the
socket was bound to. No system tells a socket's file, so another socket's may be there by now. What
tells them apart is that a file's socket is alive as long as anybody has it open: a file that is
dead while we have ours open is another's, and one that is alive then, and dead as soon as we have
closed ours, is ours. Only the latter is removed.

That a process is the one that made the file is told by its process id and the number of forks: the
id alone is not enough, since a child in a pid namespace of its own may have its parent's.

A process that loses the right to its directory, or is killed, leaves the file. It does no harm, and
`try_overwrite='if_dead'` replaces it.
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
from interprocess.os.unix._files.beside import NEW, fresh_name_beside, shorter
from interprocess.os.unix._files.liveness import in_use, is_alive, with_path
from interprocess.os.unix._files.paths import identity_of, move
from interprocess.os.unix._files.staging import BusyError, Staging
from interprocess.os.unix._unix_socket.address import displayed, socket_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._interface.options import Overwrite
    from interprocess.os.unix._files.paths import Identity

#: How long removing waits, in seconds, for another process that works at the same path.
_PATIENCE = 1.0


class SocketFile:
    """The socket file of one listener: made by `listen`, and removed if it is still that one.

    - `wanted` says whether closing removes the file.
    - `has_accepted` says whether this process has served the listener.
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
        #: Not known of the file of another process before the listener is closed.
        self._is_ours = True
        self.has_accepted = False
        self.wanted = True

    @classmethod
    def of_another_process(cls, address: bytes) -> SocketFile:
        """Return the file at ADDRESS, which a process has made that may still listen.

        Raises `OSError` if no process listens there, or if that cannot be told.
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
        """Bind a socket, with exactly these permissions, listen, and appear at the path.

        OVERWRITE says whether to replace a socket that is there, SPIN_TIME for how many seconds to
        wait for other processes that do the same.
        """
        address, deadline = self._address, monotonic() + spin_time
        self._maker = _this_process()
        staging = Staging(self._path, deadline, given=address, must_lock=True)
        try:
            if not staging.exists():
                # To be refused needs no rights to the directory.
                _check_replaceable(self._path, address, overwrite, address)
            with staging:
                staging.bind(number)
                staging.set_owner(owner, group)
                staging.set_mode(mode)
                staging.own = self._identity = staging.identity(NEW)
                _calls.listen(number, _calls.BACKLOG)
                self._appear(staging, overwrite, deadline)
        except BusyError:
            raise in_use(address, "another process is at work there") from None
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
                # Programs that know nothing of the lock are at work as well.
                if monotonic() >= deadline:
                    raise in_use(self._address, "others keep changing what is there") from None
            else:
                self._drop_replaced(staging, overwrite)
                return

    def _drop_replaced(self, staging: Staging, overwrite: Overwrite) -> None:
        """Delete the file that the new one has been exchanged with, or raise the reason not to."""
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
        """Whether to `remove` the file while the socket is still open, as it is now."""
        if not self._is_ours and self._is_alive():
            self._is_ours = True  # Never the other way: another thread may have closed it since.
        ours = self._maker == _this_process()
        return ours and self.wanted and (self.has_accepted or not others_have_it)

    def claim(self) -> None:
        """Look after the file in this process, whichever process has made it."""
        self.wanted = True
        if self._maker is not None:
            self._maker = _this_process()

    def remove(self, _number: int = -1) -> None:
        """Remove the file if it is still ours; the listener must still be open.

        What cannot be removed stays.
        """
        self._remove(only_if_dead=False)

    def remove_if_dead(self) -> None:
        """Remove the file, after the socket was closed, if no process listens on it any more."""
        if self.wanted and self._is_ours and not self._removed:
            self._remove(only_if_dead=True)

    def _is_alive(self) -> bool:
        """Whether the file is there, and a process has its socket open for certain."""
        try:
            return identity_of(self._path) == self._identity and is_alive(
                shorter(self._path, self._address)
            )
        except OSError:
            return False

    def _remove(self, *, only_if_dead: bool) -> None:
        try:
            if identity_of(self._path) != self._identity:
                self._removed = True  # By somebody else; it does not come back.
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
            # A full file system, or no descriptors: the same without the directory and its lock.
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
        # To a process that is being started: it removes the file only if it is the last.
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
    """Return PATH as it is to be found after the process has changed its directory."""
    if os.path.isabs(path):
        return path
    try:
        return os.path.join(os.getcwdb(), path)
    except OSError:
        return (
            path  # The directory has no path any more; the system decides what can be done there.
        )


def bind_abstract(number: int, address: bytes) -> None:
    """Bind to an address that is no file, and listen."""
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

    ADDRESS is the file's PATH in a form that is short enough to connect to. Without one, it is not
    asked whether a process listens.
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
            f"whether a process listens on this socket of user {status.st_uid} cannot be told:"
            f" {error.strerror}",
        ) from None
    if alive:
        raise in_use(shown, "a living process holds this socket")
    if not overwrite:
        raise in_use(
            shown, "nobody listens on this socket any more; try_overwrite='if_dead' replaces it"
        )
