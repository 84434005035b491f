"""A command that the user wants to be run, as the words of it."""

from __future__ import annotations

import argparse
import shlex
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    #: Its words, or on Windows its whole line.
    Words = Union[list[str], str]


def words_of(text: str) -> Words:
    """Return the words of a command, as an argument of ours has it; the parser refuses the rest."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the command is empty")
    if sys.platform == "win32":
        return text  # Windows gives a program its command line as it is, and the program splits it.
    try:
        return shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None
