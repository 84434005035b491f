"""Readable values of arguments and results, for text, JSON and HTML."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

#: Characters with their own escape sequence in C.
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Symbol(str):
    """A string that is shown without quotes: the name of a constant, or a memory address."""

    __slots__ = ()


class Data:
    """The beginning of a sequence of bytes, and its full size."""

    __slots__ = ("beginning", "size")

    def __init__(self, beginning: bytes, size: int) -> None:
        self.beginning = beginning[:size]
        self.size = size


def flags(value: int, names: Mapping[str, int], zero: str = "0") -> Symbol:
    """Return the names of the set bits; bits without a name are hexadecimal."""
    found = []
    # Names of several bits come first.
    for name, bits in sorted(names.items(), key=lambda item: -item[1]):
        if bits and value & bits == bits:
            found.append(name)
            value &= ~bits
    if value:
        found.append(f"0x{value:x}")
    return Symbol("|".join(found[::-1]) or zero)


def named(value: int, names: Mapping[str, int]) -> Symbol | int:
    """Return the name of VALUE, or VALUE itself if it has no name."""
    return next((Symbol(name) for name, number in names.items() if number == value), value)


def octal(mode: int) -> Symbol:
    """Return permissions as an octal number in C syntax."""
    return Symbol(f"0{mode & 0o7777:o}")


def text_of(value: Any) -> str:
    """Return VALUE in C syntax."""
    if isinstance(value, Symbol):
        return str(value)
    if value is None:
        return "NULL"
    if isinstance(value, Data):
        more = "..." if value.size > len(value.beginning) else ""
        return f'"{escaped(value.beginning)}"{more}'
    if isinstance(value, bytes):
        return f'"{escaped(value)}"'
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={text_of(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(text_of, value)) + "]"
    return str(value)


def escaped(octets: bytes) -> str:
    r"""Return bytes as the contents of a C string: text unchanged, other bytes like `\x00`."""
    return "".join(map(_escaped, octets.decode("utf-8", "surrogateescape")))


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # A byte that is not valid text.
        number -= 0xDC00
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def json_of(value: Any) -> Any:
    """Return VALUE for JSON; data becomes an object with its size and its beginning."""
    if isinstance(value, Data):
        return {"size": value.size, "beginning": escaped(value.beginning)}
    if isinstance(value, bytes):
        return escaped(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {key: json_of(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_of(each) for each in value]
    return value


def constants(
    modules: Iterable[object], prefix: str, leaving_out: Iterable[str] = ()
) -> dict[str, int]:
    """Return the constants of MODULES whose names begin with PREFIX."""
    found: dict[str, int] = {}
    for module in modules:
        for name, value in vars(module).items():
            if name.startswith(prefix) and name not in leaving_out and isinstance(value, int):
                found.setdefault(name, int(value))
    return found
