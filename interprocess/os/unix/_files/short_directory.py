"""A private directory with a short name beside a path, for an address that would be too long."""

from __future__ import annotations

import errno
import os
import stat

from interprocess.os.unix._files.beside import digits, shorter
from interprocess.os.unix._files.paths import set_mode
from interprocess.os.unix._unix_socket.address import MAX_ADDRESS

#: The largest prime number of 32 bits.
_PRIME = 0xFFFFFFFB


def _digest(name: bytes) -> int:
    """Return a number of 32 bits, the same in every process, without importing `binascii`."""
    return int.from_bytes(name, "big") % _PRIME


class ShortDirectory:
    """The directory, from `make` to `remove`.

    A socket is bound inside it, not directly beside the path: if other users can write there,
    bind(2) of macOS and NetBSD would follow their symbolic links.
    """

    __slots__ = ("_directory", "_made")

    def __init__(self, path: bytes, given: bytes, *, locked: bool) -> None:
        """Choose a name beside PATH, always the same if LOCKED. GIVEN is another form of PATH.

        Raises `OSError` (ENAMETOOLONG) if no name fits into an address.
        """
        directory, name = os.path.split(shorter(path, given))
        chosen = b"%08x" % _digest(name) if locked else digits()
        self._directory = os.path.join(directory, b"." + chosen)
        self._made = False
        excess = len(self.address) - MAX_ADDRESS
        if excess > 0:
            raise OSError(
                errno.ENAMETOOLONG,
                f"the directory's path is {excess} byte(s) too long for a temporary name in it, and"
                " there is no /proc to avoid that",
            )

    @property
    def address(self) -> bytes:
        """The path to bind to."""
        return self._directory + b"/n"

    def make(self) -> None:
        """Make the directory, or take over the one that a killed process of this user has left."""
        self._made = True
        try:
            os.mkdir(self._directory, 0o700)
        except FileExistsError:
            if self._is_ours():
                self._remove_file()
                return
            # Another user's, who may have predicted the name.
            self._directory = os.path.join(os.path.dirname(self._directory), b"." + digits())
            os.mkdir(self._directory, 0o700)
        if os.lstat(self._directory).st_mode & 0o700 != 0o700:
            set_mode(self._directory, 0o700)  # The umask may remove even the owner's permissions.

    def remove(self) -> None:
        """Remove the directory and its contents."""
        if self._made and self._is_ours():
            self._remove_file()
            os.rmdir(self._directory)
        self._made = False

    def _remove_file(self) -> None:
        try:
            os.unlink(self.address)
        except FileNotFoundError:
            pass

    def _is_ours(self) -> bool:
        try:
            status = os.lstat(self._directory)
        except FileNotFoundError:
            return False
        mine = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
        return mine and not status.st_mode & 0o077
