"""The message with which an object is handed to another process, and what can be wrong with it.

Eight bytes, and on Windows a payload. Nothing is pickled, and nothing but the kind is believed:

    0  4  b"IPOB"
    4  1  the version of this format, 1
    5  1  the kind: see `Kind`
    6  2  the length of the payload that follows, the more significant byte first

On Unix there is no payload, and the first byte brings the descriptor (SCM_RIGHTS). On Windows the
payload has the number of the handle, which the sender has put into the receiving process.
"""

from __future__ import annotations

import errno
import io
from typing import Generic, TypeVar

from interprocess.errors import UnexpectedObjectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Union

    #: The class, or one of several, that a receiver wants.
    Wanted = Union[type[Any], tuple[type[Any], ...]]

IncomingType = TypeVar("IncomingType")

MAGIC = b"IPOB"
VERSION = 1
SIZE = 8

#: What objects of ours call themselves in `_passed_as`, and files according to what they can do.
KINDS = {
    "stream": 1,
    "listener": 2,
    "recver": 3,
    "sender": 4,
    "file to read": 5,
    "file to write": 6,
    "file to read and write": 7,
}
_NAMES = {kind: name for name, kind in KINDS.items()}

#: What files become, and the mode for `open`.
FILES: dict[str, tuple[type[Any], str]] = {
    "file to read": (io.BufferedReader, "rb"),
    "file to write": (io.BufferedWriter, "wb"),
    "file to read and write": (io.BufferedRandom, "r+b"),
}
FILE_CLASSES: dict[str, type[Any]] = {name: kind for name, (kind, _) in FILES.items()}


def head(name: str, payload: bytes = b"") -> bytes:
    """Return the message for an object of a kind."""
    return MAGIC + bytes((VERSION, KINDS[name])) + len(payload).to_bytes(2, "big") + payload


class going_on(Generic[IncomingType]):  # noqa: N801  # used like a function
    """Gives the message that a stream receives: the one that a call before has begun, or a new one.

    A call that is cut short, by a timeout or by being cancelled, leaves it to the next.
    """

    def __init__(self, stream: Any, new: Callable[[], IncomingType]) -> None:
        self._stream = stream
        self._incoming = stream.__dict__.pop("_incoming_object", None) or new()

    def __enter__(self) -> IncomingType:
        return self._incoming

    def __exit__(self, kind: type[BaseException] | None, error: object, _: object) -> None:
        cut_short = kind is not None and not issubclass(kind, (UnexpectedObjectError, EOFError))
        if cut_short:
            self._stream._incoming_object = self._incoming


def check_begun(received: bytes) -> None:
    """Raise `UnexpectedObjectError` for bytes with which no message begins."""
    if received[:4] != MAGIC[: len(received)]:
        raise unexpected(f"it begins with {received[:4]!r}, not with {MAGIC!r}")


def checked_head(received: bytes, classes: Mapping[str, type[Any]]) -> tuple[str, int]:
    """Return the name of the kind, one of those of CLASSES, and the length of the payload.

    Raises `UnexpectedObjectError` for what is no such message.
    """
    check_begun(received)
    version, kind = received[4], received[5]
    if version != VERSION:
        raise unexpected(f"its format has version {version}, not {VERSION}")
    name = _NAMES.get(kind)
    if name is None or name not in classes:
        raise unexpected(f"its kind is {kind}, which is unknown here")
    return name, int.from_bytes(received[6:SIZE], "big")


def check_wanted(name: str, classes: Mapping[str, type[Any]], wanted: Wanted) -> None:
    """Raise `UnexpectedObjectError` for a kind of objects that nobody asked for."""
    if not issubclass(classes[name], wanted):
        raise unexpected(f"it is a {name}, which was not asked for")


def unexpected(why: str) -> UnexpectedObjectError:
    """Return the error for what a peer has sent."""
    return UnexpectedObjectError(errno.EPROTO, f"what the peer sent is no object: {why}")


def classes(stream: type[Any], listener: type[Any], *ends: type[Any]) -> dict[str, type[Any]]:
    """Return what each kind becomes, where the classes of objects of ours are these.

    ENDS are those of pipes: the receiver and the sender.
    """
    names = ("stream", "listener", "recver", "sender")
    return {**dict(zip(names, (stream, listener, *ends))), **FILE_CLASSES}


def file_kind(file: Any, check: Callable[[int], None]) -> str:
    """Return the kind of an open file, having brought its position up to date.

    What it has buffered for writing is written, and what it has read ahead is given back. CHECK
    raises `ValueError` for the descriptor of what is no file; what has none raises `TypeError`.
    """
    if not isinstance(file, io.IOBase):
        raise cannot_go(file)
    try:
        check(file.fileno())
    except io.UnsupportedOperation:
        raise cannot_go(file) from None
    return _up_to_date(file)


def _up_to_date(file: Any) -> str:
    reads, writes = file.readable(), file.writable()
    if writes:
        file.flush()
    if reads and file.seekable() and not isinstance(file, io.RawIOBase):
        position = file.tell()
        file.seek(0, io.SEEK_END)  # It drops what was read ahead, which `position` alone may not.
        file.seek(position)
    if reads:
        return "file to read and write" if writes else "file to read"
    return "file to write"


def check_carrier(stream: object, kind: type[object]) -> None:
    """Raise `TypeError` for what carries no objects, such as a stream with TLS over it."""
    if not isinstance(stream, kind):
        raise TypeError(f"objects travel over streams of local sockets, not over {stream!r}")


def cannot_go(thing: object) -> TypeError:
    """Return the error for what cannot be handed over."""
    return TypeError(
        f"only streams, listeners, ends of pipes and files are handed over, not {thing!r}"
    )
