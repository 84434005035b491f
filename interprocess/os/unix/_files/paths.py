"""Files by their paths: which one is there, moving one, its permissions."""

from __future__ import annotations

import errno
import os

from interprocess._bindings.libc import constant
from interprocess.os.unix._descriptor.numbers import Numbers, close_numbers
from interprocess.os.unix._files import renaming

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: What tells one file from every other: its device and inode number.
    Identity = tuple[int, int]

#: Opens a file without any right to its contents, to name it by its descriptor. Linux.
_O_PATH = constant("O_PATH", 0)


def identity_of(path: bytes) -> Identity:
    """Return what tells the file from every other one for as long as it exists. lstat(2)."""
    status = os.lstat(path)
    return status.st_dev, status.st_ino


def move(source: bytes, target: bytes) -> None:
    """Rename SOURCE to TARGET in one step unless that exists, else raise `FileExistsError`.

    renameat2(2), macOS renamex_np(2). Elsewhere link(2) and unlink(2), by which the file has both
    names for a moment.
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
        # No second names for such a file on this file system. A look is the best that is left.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
        os.rename(source, target)
        return
    try:
        os.unlink(source)
    except OSError:
        pass  # It is where it should be; the other name stays.


def set_mode(path: bytes, mode: int) -> None:
    """Set the permissions of a file, and never of what a symbolic link leads to."""
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
        why = "the umask takes permissions from the owner, and there is no /proc to give them back"
        raise OSError(errno.EACCES, f"{os.strerror(errno.EACCES)}: {why}") from None
    finally:
        close_numbers(numbers)
