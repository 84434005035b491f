r"""The pipes of this machine, as Windows lists them in `\\.\pipe\`."""

from __future__ import annotations

import os

from interprocess._command_line.listed import Listed
from interprocess.errors import UnsupportedError

_DIRECTORY = "\\\\.\\pipe\\"


def found() -> list[Listed]:
    """Return them, by name. FindFirstFile, FindNextFile."""
    pipes: list[Listed] = []
    try:
        with os.scandir(_DIRECTORY) as entries:
            for entry in entries:
                # Another one in the path is part of the name.
                name = _DIRECTORY + entry.name if "\\" in entry.name else entry.name
                pipes.append(Listed(_DIRECTORY + entry.name, name, "pipe", "listening"))
    except OSError as error:
        message = f"the system does not list its pipes: {error.strerror}"
        raise UnsupportedError(error.errno, message, _DIRECTORY) from None
    return sorted(pipes, key=lambda pipe: pipe.address.lower())
