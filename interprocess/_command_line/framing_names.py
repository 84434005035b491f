"""The names of framings, the values of `--messages`."""

from __future__ import annotations

import argparse

LINES, NULL = "lines", "null"

#: The values of `--messages`.
FRAMINGS = (
    *(LINES, NULL, "length", "multiprocessing"),
    *("length1", "length2", "length4", "length8", "length2-le", "length4-le", "length8-le"),
)

FRAMING_HELP = """\
messages:
With --messages, only complete messages are passed on. FRAMING is their format
on the connection:
lines     each message ends with a newline
null      each message ends with a NUL byte
length    each message follows its length: 4 bytes, big-endian; length1,
          length2, length4, length8 have that many bytes, and length2-le,
          length4-le, length8-le are little-endian
multiprocessing
          the format of Python's multiprocessing.connection
A message has at most 16 MiB.
"""


def framing_name(text: str) -> str:
    """Return TEXT if it is the name of a framing."""
    if text not in FRAMINGS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(FRAMINGS)}")
    return text
