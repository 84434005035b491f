"""List socket files in directories, and check if a process has their sockets open."""

from __future__ import annotations

import os
import stat

from interprocess._command_line.listed import Listed
from interprocess.os.unix._files.liveness import is_alive
from interprocess.os.unix.local_socket._special_directory import candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def found(directories: Sequence[str]) -> list[Listed]:
    """Return the socket files in DIRECTORIES, by default in those for namespaced names."""
    listed: list[Listed] = []
    special = [] if directories else [os.fsdecode(path) for path in candidates(b"")]
    for directory in directories or special:
        with os.scandir(directory) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if _is_socket(entry):
                    path = os.path.join(directory, entry.name)
                    name = entry.name if special else _with_separator(path)
                    listed.append(Listed(path, name, "path", _state(path)))
    return listed


def _is_socket(entry: os.DirEntry[str]) -> bool:
    try:
        return stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode)
    except OSError:
        return False  # The file has just been removed.


def _with_separator(path: str) -> str:
    return path if os.sep in path else os.path.join(os.curdir, path)


def _state(path: str) -> str:
    try:
        return "listening" if is_alive(os.fsencode(path)) else "dead"
    except OSError:
        return "unknown"
