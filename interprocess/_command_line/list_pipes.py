r"""List the pipes of this machine, from the Windows directory `\\.\pipe\`."""

from __future__ import annotations

import os

from interprocess._command_line.listed import Listed
from interprocess.errors import UnsupportedError

_DIRECTORY = "\\\\.\\pipe\\"


def found() -> list[Listed]:
    """Return the pipes in order of their names. FindFirstFile, FindNextFile."""
    pipes: list[Listed] = []
    try:
        with os.scandir(_DIRECTORY) as entries:
            for entry in entries:
                # A further backslash is part of the name.
                name = _DIRECTORY + entry.name if "\\" in entry.name else entry.name
                pipes.append(Listed(_DIRECTORY + entry.name, name, "pipe", "listening"))
    except OSError as error:
        message = f"the system does not list its pipes: {error.strerror}"
        raise UnsupportedError(error.errno, message, _DIRECTORY) from None
    return sorted(pipes, key=lambda pipe: pipe.address.lower())
