"""Files by their paths: identifying and moving them, setting their permissions."""

from __future__ import annotations

import errno
import os

from interprocess._bindings.libc import constant
from interprocess.os.unix._descriptor.numbers import Numbers, close_numbers
from interprocess.os.unix._files import renaming

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: A file's identity: its device and inode number.
    Identity = tuple[int, int]

#: Opens a file without access to its contents, to refer to it by its descriptor. Linux.
_O_PATH = constant("O_PATH", 0)


def identity_of(path: bytes) -> Identity:
    """Return the identity of the file, unique for as long as it exists. lstat(2)."""
    status = os.lstat(path)
    return status.st_dev, status.st_ino


def move(source: bytes, target: bytes) -> None:
    """Rename SOURCE to TARGET atomically; raise `FileExistsError` if TARGET exists.

    renameat2(2), macOS renamex_np(2). Elsewhere link(2) and unlink(2); the file has both names for
    a moment.
    """
    try:
        renaming.rename_no_replace(source, target)
        return
    except renaming.RenameUnsupportedError:
        pass
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # This file system has no hard links for such a file. A check is the best alternative.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
        os.rename(source, target)
        return
    try:
        os.unlink(source)
    except OSError:
        pass  # The file is at its target; the other name remains.


def set_mode(path: bytes, mode: int) -> None:
    """Set the permissions of a file, without following symbolic links."""
    try:
        os.chmod(path, mode, follow_symlinks=False)
        return
    except NotImplementedError:
        pass
    numbers = Numbers()
    try:
        numbers += map(os.open, (path,), (_O_PATH | os.O_NOFOLLOW,))
        os.chmod(b"/proc/self/fd/%d" % numbers[0], mode)
    except FileNotFoundError:
        why = "the umask removes the owner's permissions, and without /proc they cannot be restored"
        raise OSError(errno.EACCES, f"{os.strerror(errno.EACCES)}: {why}") from None
    finally:
        close_numbers(numbers)
