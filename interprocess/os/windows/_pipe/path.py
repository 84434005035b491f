r"""Paths of named pipes: `\\HOST\pipe\NAME`. They are checked when they are made."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.name import NameLike

#: The longest path, in characters. CreateNamedPipeW function.
MAX_PATH_LENGTH = 256

#: The prefix of the names of pipes on this machine.
LOCAL_PREFIX = "\\\\.\\pipe\\"


def decoded(value: NameLike) -> str:
    """Return VALUE as text. Raises `TypeError` unless it is a string, bytes or a path."""
    return os.fsdecode(value)


def checked_pipe_path(value: NameLike) -> str:
    r"""Return the path VALUE as text, with backslashes alone.

    Raises `ValueError` unless it is `\\HOST\pipe\NAME`, of at most 256 characters.
    """
    path = decoded(value).replace("/", "\\")
    if not path:
        raise ValueError("a pipe's name must not be empty")
    if "\0" in path:
        raise ValueError(f"a pipe's name must not contain NUL characters: {path!r}")
    parts = path.split("\\", 4)
    if len(parts) < 5 or parts[:2] != ["", ""] or not parts[2] or parts[3].lower() != "pipe":
        raise ValueError(f"{path!r} does not name a pipe: use \\\\HOST\\pipe\\NAME")
    if not parts[4]:
        raise ValueError(f"a pipe's name must not be empty: {path!r}")
    if parts[2] != "." and not parts[2].strip(". "):
        raise ValueError(f"{parts[2]!r} is not the name of a host: {path!r}")
    # The system counts UTF-16 code units; rare characters have two.
    over = len(path.encode("utf-16-le", "surrogatepass")) // 2 - MAX_PATH_LENGTH
    if over > 0:
        raise ValueError(
            f"the name {path!r} is {over} character(s) longer than the {MAX_PATH_LENGTH} characters"
            " that Windows allows for a pipe"
        )
    _check_stays_as_it_is(parts[4], path)
    return path


def _check_stays_as_it_is(name: str, path: str) -> None:
    r"""Raise `ValueError` for a NAME that Windows would change before it opens the pipe.

    It resolves `.` and `..`, which can lead out of `\\.\pipe\` to any file or device, joins
    repeated separators, and leaves out dots and spaces at the end of a part. Naming Files, Paths,
    and Namespaces.
    """
    for part in name.split("\\"):
        if part in (".", ".."):
            reason = f"a part is {part!r}, which leads elsewhere"
        elif not part:
            reason = "it has an empty part, which Windows removes"
        elif part[-1] in ". ":
            reason = f"Windows removes the {part[-1]!r} at the end of {part!r}"
        else:
            continue
        raise ValueError(f"{path!r} would name another path: {reason}")


def local_pipe_path(name: NameLike) -> str:
    """Return the path of the pipe NAME on this machine.

    Raises `ValueError` for a name that is empty or too long, or contains NUL.
    """
    text = decoded(name)
    if not text:
        raise ValueError("a pipe's name must not be empty")
    return checked_pipe_path(LOCAL_PREFIX + text)


def is_local(path: str) -> bool:
    """Return true if this machine can listen at a checked path."""
    return path.startswith(LOCAL_PREFIX[:4])
