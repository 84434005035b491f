"""The message that hands an object to another process, and its checks.

It has eight bytes and, for some kinds, a payload. Nothing is pickled:

    0  4  b"IPOB"
    4  1  the version of this format, 1
    5  1  the kind: see `KINDS`
    6  2  the length of the payload that follows, big-endian

On Unix the descriptor arrives with the first byte (SCM_RIGHTS), and only a listener has a payload.
On Windows the payload begins with the value of the handle, which the sender has duplicated into the
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

    #: The class, or the classes, that a receiver accepts.
    Wanted = Union[type[Any], tuple[type[Any], ...]]
    ClassImporter = Callable[[], type[Any]]

IncomingType = TypeVar("IncomingType", bound="IncomingMessage")

MAGIC = b"IPOB"
VERSION = 1
SIZE = 8

_READ_AND_WRITE = "file to read and write"
#: The kind for shared memory. Its class is imported on first use.
MEMORY = "memory"

#: The number of each kind in a message. Our classes name their kind in `_passed_as`; files have one
#: kind for each direction.
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

#: The class of a received file and its mode for `open`, for each kind of file.
FILES: dict[str, tuple[type[Any], str]] = {
    "file to read": (io.BufferedReader, "rb"),
    "file to write": (io.BufferedWriter, "wb"),
    _READ_AND_WRITE: (io.BufferedRandom, "r+b"),  # A terminal becomes an `io.FileIO`.
}
FILE_CLASSES: dict[str, type[Any]] = {name: kind for name, (kind, _) in FILES.items()}


class Classes(dict):  # type: ignore[type-arg]  # not subscripted at run time
    """The class of received objects for each kind; the class of memory is imported on first use."""

    __slots__ = ("_import_memory",)

    def __init__(self, classes: dict[str, type[Any]], import_memory: ClassImporter) -> None:
        super().__init__(classes)
        self._import_memory = import_memory

    def __missing__(self, name: str) -> type[Any]:
        if name != MEMORY:
            raise KeyError(name)
        return self.setdefault(name, self._import_memory())  # type: ignore[no-any-return]  # it is


def head(name: str, payload: bytes = b"") -> bytes:
    """Return the message for an object of kind NAME."""
    return MAGIC + bytes((VERSION, KINDS[name])) + len(payload).to_bytes(2, "big") + payload


class IncomingMessage:
    """The bytes of a message that have arrived so far.

    All other state is computed from them, since a signal handler may run between any two steps.
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
        """The number of missing bytes: of the head, until it is complete, then of the payload.

        Raises `UnexpectedObjectError` if the received bytes cannot belong to a message.
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
        """Return the smallest and the largest payload size of an object of kind NAME."""
        raise NotImplementedError

    @property
    def _payload(self) -> bytes:
        return self._begun[SIZE:]

    @property
    def is_begun(self) -> bool:
        """True if part of the message has arrived."""
        return bool(self._begun)

    def discard(self) -> None:
        """Drop the received bytes: the message will not be continued."""
        self._begun = b""


class going_on(Generic[IncomingType]):  # noqa: N801  # used like a function
    """Provides the message that a stream is receiving: a new one, or one begun by an earlier call.

    If a timeout or a cancellation interrupts a call, the next call continues its message.
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
    """Raise `UnexpectedObjectError` unless the bytes can begin a message."""
    if received[:4] != MAGIC[: len(received)]:
        raise unexpected(f"it begins with {received[:4]!r}, not with {MAGIC!r}")


def checked_head(received: bytes) -> tuple[str, int]:
    """Return the name of the kind and the length of the payload.

    Raises `UnexpectedObjectError` if the bytes are not the head of a message.
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
    """Raise `TypeError` if `recv_object` can never return an object of class KIND."""
    try:
        isinstance(None, kind)
    except TypeError:
        raise TypeError(f"kind must be a class or a tuple of classes, not {kind!r}") from None
    if not any(_may_be(name, classes, kind) for name in KINDS):
        raise TypeError(f"kind must be a class of objects that are received, not {kind!r}")


def check_wanted(name: str, classes: Mapping[str, type[Any]], wanted: Wanted) -> None:
    """Raise `UnexpectedObjectError` if no object of kind NAME can be of a WANTED class."""
    if not _may_be(name, classes, wanted):
        raise unexpected(f"it is a {name}, which was not asked for")


def checked_file(file: Any, wanted: Wanted) -> Any:
    """Return a received file; if it is not WANTED, close it and raise `UnexpectedObjectError`."""
    if isinstance(file, wanted):
        return file
    file.close()
    raise unexpected(f"it is a {type(file).__name__}, which was not asked for")


def _may_be(name: str, classes: Mapping[str, type[Any]], wanted: Wanted) -> bool:
    """Return true if an object of kind NAME can be of a WANTED class."""
    is_wanted = issubclass(classes[name], wanted)
    return is_wanted or (name == _READ_AND_WRITE and issubclass(io.FileIO, wanted))


def unexpected(why: str) -> UnexpectedObjectError:
    """Return the error for unexpected data from a peer."""
    return UnexpectedObjectError(errno.EPROTO, f"the peer sent an unexpected object: {why}")


def classes(
    import_memory: ClassImporter, stream: type[Any], listener: type[Any], *ends: type[Any]
) -> Classes:
    """Return the class of received objects for each kind, given the classes of this backend.

    ENDS are the classes of pipe ends: the receiver, then the sender. IMPORT_MEMORY returns the
    class of shared memory.
    """
    names = ("stream", "listener", "recver", "sender")
    return Classes({**dict(zip(names, (stream, listener, *ends))), **FILE_CLASSES}, import_memory)


def check_nothing_incoming(thing: Any) -> None:
    """Raise `ValueError` if an interrupted `recv_object` has left part of a message."""
    if getattr(thing, "_incoming_object", None) is not None:
        raise ValueError(f"recv_object was cut short on {thing!r}: continue it first")


def carrier_of(stream: Any, kind: type[Any]) -> Any:
    """Return the stream of class KIND that carries the objects of a stream: usually itself.

    A connection through memory has one beside its bytes. Raises `TypeError` if a stream cannot
    carry objects, for example a TLS stream.
    """
    carrier = stream._carrier() if hasattr(stream, "_carrier") else stream
    if not isinstance(carrier, kind):
        raise _cannot_carry("synchronous", stream)
    return carrier


async def async_carrier_of(stream: Any, kind: type[Any]) -> Any:
    """Do the same for an asynchronous stream."""
    carrier = await stream._carrier() if hasattr(stream, "_carrier") else stream
    if not isinstance(carrier, kind):
        raise _cannot_carry("asynchronous", stream)
    return carrier


def _cannot_carry(synchronous: str, stream: object) -> TypeError:
    return TypeError(
        f"objects travel over {synchronous} streams of local sockets, not over {stream!r}"
    )


def cannot_go(thing: object) -> TypeError:
    """Return the error for an object that cannot be passed to another process."""
    return TypeError(
        f"only streams, listeners, ends of pipes, memory and files are handed over, not {thing!r}"
    )
