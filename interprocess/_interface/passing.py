"""The message that hands an object to another process, and its checks.

It has eight bytes and, for some kinds, a payload. Nothing is pickled:

    0  4  b"IPOB"
    4  1  the version of this format, 1
    5  1  the kind: see `KINDS`
    6  2  the length of the payload that follows, big-endian

On Unix the descriptor comes with the first byte (SCM_RIGHTS), and only a listener has a payload. On
Windows the payload begins with the number of the handle, which the sender has duplicated into the
receiving process.
"""

from __future__ import annotations

import errno
import io
from typing import Generic, TypeVar

from interprocess.errors import IncompleteReadError, UnexpectedObjectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Union

    #: The class, or one of several, that a receiver wants.
    Wanted = Union[type[Any], tuple[type[Any], ...]]
    ClassImporter = Callable[[], type[Any]]

IncomingType = TypeVar("IncomingType", bound="IncomingMessage")

MAGIC = b"IPOB"
VERSION = 1
SIZE = 8

_READ_AND_WRITE = "file to read and write"
#: The kind of shared memory, whose class is imported when it is needed.
MEMORY = "memory"

#: The names that our objects have in `_passed_as`, and those of files, by their directions.
KINDS = {
    "stream": 1,
    "listener": 2,
    "recver": 3,
    "sender": 4,
    "file to read": 5,
    "file to write": 6,
    _READ_AND_WRITE: 7,
    MEMORY: 8,
}
_NAMES = {kind: name for name, kind in KINDS.items()}

#: The classes of received files, and their modes for `open`.
FILES: dict[str, tuple[type[Any], str]] = {
    "file to read": (io.BufferedReader, "rb"),
    "file to write": (io.BufferedWriter, "wb"),
    _READ_AND_WRITE: (io.BufferedRandom, "r+b"),  # A terminal becomes an `io.FileIO`.
}
FILE_CLASSES: dict[str, type[Any]] = {name: kind for name, (kind, _) in FILES.items()}


class Classes(dict):  # type: ignore[type-arg]  # not subscripted at run time
    """The class of received objects for each kind; that of memory is imported when it is needed."""

    __slots__ = ("_import_memory",)

    def __init__(self, classes: dict[str, type[Any]], import_memory: ClassImporter) -> None:
        super().__init__(classes)
        self._import_memory = import_memory

    def __missing__(self, name: str) -> type[Any]:
        if name != MEMORY:
            raise KeyError(name)
        return self.setdefault(name, self._import_memory())  # type: ignore[no-any-return]  # it is


def head(name: str, payload: bytes = b"") -> bytes:
    """Return the message for an object of the kind NAME."""
    return MAGIC + bytes((VERSION, KINDS[name])) + len(payload).to_bytes(2, "big") + payload


class IncomingMessage:
    """The bytes of a message that have arrived.

    Everything else is computed from them, since an interrupt may come between any two steps.
    """

    def __init__(self) -> None:
        self._begun = b""

    def add_bytes(self, data: bytes) -> None:
        """Add received bytes. Raises `IncompleteReadError` if there are none."""
        if not data:
            raise IncompleteReadError(self._begun, len(self._begun) + self.missing)
        self._begun += data

    @property
    def missing(self) -> int:
        """The number of bytes that have not arrived, as far as it is known.

        Raises `UnexpectedObjectError` if those that have arrived cannot be a message.
        """
        check_begun(self._begun)
        if len(self._begun) < SIZE:
            return SIZE - len(self._begun)
        name, size = checked_head(self._begun)
        least, most = self._payload_sizes(name)
        if not least <= size <= most:
            sizes = f"from {least} to {most}" if least < most else f"{most}"
            raise unexpected(f"its payload has {size} bytes, not {sizes}")
        return SIZE + size - len(self._begun)

    @property
    def _name(self) -> str:
        """The name of the kind, once the head has arrived."""
        return checked_head(self._begun)[0]

    def _payload_sizes(self, name: str) -> tuple[int, int]:
        """Return the least and the most bytes in the payload of an object of the kind NAME."""
        raise NotImplementedError

    @property
    def _payload(self) -> bytes:
        return self._begun[SIZE:]

    @property
    def is_begun(self) -> bool:
        """True if a part of the message has arrived."""
        return bool(self._begun)

    def discard(self) -> None:
        """Drop what has arrived: the message will not be continued."""
        self._begun = b""


class going_on(Generic[IncomingType]):  # noqa: N801  # used like a function
    """Gives the message that a stream is receiving: a new one, or one that an earlier call began.

    A call that is cut short, by a timeout or a cancellation, leaves its message to the next call.
    """

    def __init__(self, stream: Any, new: Callable[[], IncomingType]) -> None:
        self._stream = stream
        self._incoming = stream._incoming_object or new()
        stream._incoming_object = None

    def __enter__(self) -> IncomingType:
        return self._incoming

    def __exit__(self, kind: type[BaseException] | None, error: object, _: object) -> None:
        if kind is None:
            return
        if issubclass(kind, (UnexpectedObjectError, EOFError)):
            self._incoming.discard()
        elif self._incoming.is_begun:
            self._stream._incoming_object = self._incoming


def check_begun(received: bytes) -> None:
    """Raise `UnexpectedObjectError` for bytes that do not begin a message."""
    if received[:4] != MAGIC[: len(received)]:
        raise unexpected(f"it begins with {received[:4]!r}, not with {MAGIC!r}")


def checked_head(received: bytes) -> tuple[str, int]:
    """Return the name of the kind, and the length of the payload.

    Raises `UnexpectedObjectError` for anything but such a message.
    """
    check_begun(received)
    version, kind = received[4], received[5]
    if version != VERSION:
        raise unexpected(f"its format has version {version}, not {VERSION}")
    name = _NAMES.get(kind)
    if name is None:
        raise unexpected(f"its kind is {kind}, which is unknown here")
    return name, int.from_bytes(received[6:SIZE], "big")


def check_kind(kind: Wanted, classes: Mapping[str, type[Any]]) -> None:
    """Raise `TypeError` for what `recv_object` cannot receive, before it receives anything."""
    try:
        isinstance(None, kind)
    except TypeError:
        raise TypeError(f"kind must be a class or a tuple of classes, not {kind!r}") from None
    if not any(_may_be(name, classes, kind) for name in KINDS):
        raise TypeError(f"kind must be a class of objects that are received, not {kind!r}")


def check_wanted(name: str, classes: Mapping[str, type[Any]], wanted: Wanted) -> None:
    """Raise `UnexpectedObjectError` for a kind of object that is not among those WANTED."""
    if not _may_be(name, classes, wanted):
        raise unexpected(f"it is a {name}, which was not asked for")


def checked_file(file: Any, wanted: Wanted) -> Any:
    """Return a received file, or close it and raise `UnexpectedObjectError` if it is not WANTED."""
    if isinstance(file, wanted):
        return file
    file.close()
    raise unexpected(f"it is a {type(file).__name__}, which was not asked for")


def _may_be(name: str, classes: Mapping[str, type[Any]], wanted: Wanted) -> bool:
    """Return true if an object of the kind NAME can be one of those WANTED."""
    is_wanted = issubclass(classes[name], wanted)
    return is_wanted or (name == _READ_AND_WRITE and issubclass(io.FileIO, wanted))


def unexpected(why: str) -> UnexpectedObjectError:
    """Return the error for unexpected data from a peer."""
    return UnexpectedObjectError(errno.EPROTO, f"what the peer sent is no object: {why}")


def classes(
    import_memory: ClassImporter, stream: type[Any], listener: type[Any], *ends: type[Any]
) -> Classes:
    """Return the class of received objects for each kind, given our own classes.

    ENDS are the classes of pipe ends: the receiver and the sender. IMPORT_MEMORY returns the class
    of shared memory.
    """
    names = ("stream", "listener", "recver", "sender")
    return Classes({**dict(zip(names, (stream, listener, *ends))), **FILE_CLASSES}, import_memory)


def check_nothing_incoming(thing: Any) -> None:
    """Raise `ValueError` for a stream on which a call of `recv_object` was cut short."""
    if getattr(thing, "_incoming_object", None) is not None:
        raise ValueError(f"recv_object was cut short on {thing!r}: continue it first")


def check_carrier(stream: object, kind: type[object], synchronous: str = "synchronous") -> None:
    """Raise `TypeError` for a stream that cannot carry objects, such as one with TLS over it."""
    if not isinstance(stream, kind):
        raise TypeError(
            f"objects travel over {synchronous} streams of local sockets, not over {stream!r}"
        )


def cannot_go(thing: object) -> TypeError:
    """Return the error for an object that cannot be handed over."""
    return TypeError(
        f"only streams, listeners, ends of pipes, memory and files are handed over, not {thing!r}"
    )
