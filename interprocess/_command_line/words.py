"""Split a command from the user into words."""

from __future__ import annotations

import argparse
import shlex
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    #: The words of a command, or on Windows its whole line.
    Words = Union[list[str], str]


def words_of(text: str) -> Words:
    """Return the words of a command; raise `ArgumentTypeError` if it is invalid."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the command is empty")
    if sys.platform == "win32":
        return text  # Windows gives a program its command line as it is, and the program splits it.
    try:
        return shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None
