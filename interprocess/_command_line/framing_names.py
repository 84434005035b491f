"""The names of framings, as `--messages` has them."""

from __future__ import annotations

import argparse

LINES, NULL = "lines", "null"

#: How messages may stand among bytes, as `--messages` has it.
FRAMINGS = (
    *(LINES, NULL, "length", "multiprocessing"),
    *("length1", "length2", "length4", "length8", "length2-le", "length4-le", "length8-le"),
)

FRAMING_HELP = """\
messages:
With --messages, only whole messages are passed on. On the connection they are
lines     each ends with a newline
null      each ends with a NUL byte
length    each stands behind its length: 4 bytes, the highest first;
          length1, length2, length4, length8 have so many bytes instead, and
          length2-le, length4-le, length8-le have the lowest first
multiprocessing
          as Python's multiprocessing.connection has them
A message has at most 16 MiB.
"""


def framing_name(text: str) -> str:
    """Return TEXT if it is the name of a framing."""
    if text not in FRAMINGS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(FRAMINGS)}")
    return text
