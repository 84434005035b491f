"""Security descriptors as text: selecting parts, and locating errors in invalid text.

Security Descriptor String Format.
"""

from __future__ import annotations

import errno

from interprocess._bindings.advapi32 import constant
from interprocess.os.windows._calls import security

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    #: A part of a security descriptor. The "label" is the integrity level, which is in the SACL,
    #: but can be read and set without the privilege that the rest of the SACL requires.
    Part = Literal["owner", "group", "dacl", "sacl", "label"]

#: The parts by their names.
PARTS: tuple[Part, ...] = ("owner", "group", "dacl", "sacl", "label")


def part_bits(parts: Iterable[str]) -> int:
    """Return the `…_SECURITY_INFORMATION` bits of PARTS. Raises `ValueError` for an unknown one."""
    bits = 0
    for part in parts:
        if part not in PARTS:
            raise ValueError(f"unknown part {part!r}; the parts are {', '.join(PARTS)}")
        bits |= constant(f"{part.upper()}_SECURITY_INFORMATION")
    return bits


def parse(text: str) -> bytes:
    """Return the self-relative descriptor that TEXT describes.

    Raises `ValueError` with the text and, if known, the position of the error.
    """
    if not isinstance(text, str):
        raise TypeError(f"SDDL is str, not {type(text).__name__}")
    # C would read only up to the NUL.
    if "\0" in text:
        raise ValueError(f"bad SDDL {text!r}: NUL at position {text.index(chr(0))}")
    try:
        return security.parse_sddl(text)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise
        raise ValueError(f"bad SDDL {text!r}: {_place_of_fault(text)}{error.strerror}") from error


def _place_of_fault(text: str) -> str:
    """Locate the error in TEXT, for which the system rejects a piece by itself too."""
    for position, piece, tested in _pieces(text):
        try:
            security.parse_sddl(tested)
        except OSError:
            return f"at position {position}, {piece!r}: "
    return ""


def _pieces(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each part of TEXT, and each entry of a list: position, text, its own SDDL."""
    heading = ""
    start = depth = 0
    for position, character in enumerate(text):
        if depth == 0 and (character == "(" or _begins_part(text, position)):
            if start < position:
                yield start, text[start:position], text[start:position]
            start = position
            if character != "(":
                heading = text[position : position + 2]
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")":
            entry = text[start : position + 1]
            yield start, entry, heading + entry
            start = position + 1
    if start < len(text):
        yield start, text[start:], text[start:]


def _begins_part(text: str, position: int) -> bool:
    return text[position] in "OGDS" and text[position + 1 : position + 2] == ":"
