"""Objects handed to another process: their kinds, and the objects made from descriptors.

`interprocess._interface.passing` has the message.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat

from interprocess._interface import passing
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.timeouts import deadline_after
from interprocess.errors import IncompleteReadError
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.descriptor import Descriptor
from interprocess.os.unix._descriptor.numbers import close_numbers
from interprocess.os.unix._pipe import FifoDescriptor, Recver, Sender, check_is_end
from interprocess.os.unix._unix_socket import rights
from interprocess.os.unix._unix_socket.adoption import check_is_unix_stream_socket
from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor
from interprocess.os.unix._unix_socket.listening import ListenerDescriptor
from interprocess.os.unix.local_socket._listener import Listener
from interprocess.os.unix.local_socket._names import Name
from interprocess.os.unix.local_socket._stream import FdReceiver, FdSender, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from interprocess._interface.passing import Wanted

CLASSES = passing.classes(Stream, Listener, Recver, Sender)


def departing(thing: Any) -> tuple[bytes, rights.Departing]:
    """Return the message with THING, as bytes and as a `Departing`, which the caller must close."""
    message = passing.head(_kind_of(thing))
    return message, rights.Departing(message, [thing])


def _kind_of(thing: Any) -> str:
    if isinstance(getattr(thing, "_descriptor", None), Descriptor):
        kind: str = thing._passed_as
        if not kind:
            raise passing.cannot_go(thing)
        if thing.closed:
            raise closed_error(thing)
        if hasattr(thing, "_check_nothing_kept"):  # It is asynchronous.
            thing._check_nothing_kept()
        return kind
    return passing.file_kind(thing, _check_is_file)


def send_object(stream: FdSender, thing: Any, _pid: int | None) -> None:
    """Implement `interprocess.local_socket.send_object`."""
    passing.check_carrier(stream, FdSender)
    deadline = deadline_after(stream._send_timeout)
    message, parcel = departing(thing)
    with parcel:
        sent = rights.send(stream._descriptor, parcel, deadline)
    if sent < len(message):
        stream.send_all(message[sent:])


def recv_object(stream: FdReceiver, wanted: Wanted) -> Any:
    """Implement `interprocess.local_socket.recv_object`."""
    passing.check_carrier(stream, FdReceiver)
    deadline = deadline_after(stream._recv_timeout)
    with passing.going_on(stream, Incoming) as incoming:
        while incoming.missing:
            with incoming.room() as arriving:
                incoming.add(arriving, rights.receive(stream._descriptor, arriving, deadline))
    return incoming.thing(CLASSES, wanted)


class Incoming:
    """A message that is being received. Its finalizer closes the descriptor."""

    __slots__ = ("_begun", "_owned")

    def __init__(self) -> None:
        self._owned: list[int] = []
        self._begun = b""

    @property
    def missing(self) -> int:
        """The number of bytes that have not arrived."""
        return passing.SIZE - len(self._begun)

    def room(self) -> rights.Arriving:
        """Return a buffer for the missing bytes."""
        return rights.Arriving(self.missing, 1)

    def add(self, arriving: rights.Arriving, data: bytes) -> None:
        """Add received bytes, with their descriptor."""
        if not data:
            raise IncompleteReadError(self._begun, passing.SIZE)
        try:
            numbers = arriving.numbers(data)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise passing.unexpected("it has several descriptors") from None
            raise
        # No handler can raise between these: see `interprocess._interface.lifetime`.
        self._owned += numbers
        arriving.message.msg_controllen = 0
        self._begun += data
        passing.check_begun(self._begun)

    def thing(self, classes: Mapping[str, type[Any]], wanted: Wanted) -> Any:
        """Return the object, of one of CLASSES."""
        try:
            name, length = passing.checked_head(self._begun, classes)
            passing.check_wanted(name, classes, wanted)
            return self._thing(name, length, classes[name])
        finally:
            close_numbers(self._owned)

    def _thing(self, name: str, length: int, kind: type[Any]) -> Any:
        if length:
            raise passing.unexpected(f"it announces {length} more bytes, and Unix has none")
        if len(self._owned) != 1:
            raise passing.unexpected(f"it has {len(self._owned)} descriptors, not one")
        try:
            thing = _new(name, self._owned)
        except ValueError as error:
            raise passing.unexpected(str(error)) from None
        return thing if kind is CLASSES[name] else kind.from_sync(thing)

    def __del__(self) -> None:
        close_numbers(getattr(self, "_owned", []))


def _new(name: str, owned: list[int]) -> Any:
    """Return an object that owns the descriptor, the only one in a list. Raises `ValueError`."""
    number = owned[0]
    if name in passing.FILES:
        return _new_file(name, owned)
    if name == "stream":
        check_is_unix_stream_socket(number, listening=False)
        return _owning(Stream, SocketDescriptor, owned)
    if name == "listener":
        check_is_unix_stream_socket(number, listening=True)
        _, address = _calls.getsockname(number)
        listener = _owning(Listener, ListenerDescriptor, owned)
        listener.name = Name.of_address(address)
        return listener
    if name == "recver":
        check_is_end(number, os.O_RDONLY, "read")
        return _owning(Recver, FifoDescriptor, owned)
    check_is_end(number, os.O_WRONLY, "written")
    return _owning(Sender, FifoDescriptor, owned)


def _owning(owner_type: Any, descriptor_type: type[Descriptor], owned: list[int]) -> Any:
    descriptor = descriptor_type.arrived(owned)
    # The open file may be in nonblocking mode for the sender. The receiver's object waits.
    descriptor.nonblocking = False
    return owner_type._owning(descriptor)


def _check_is_file(number: int) -> None:
    """Raise `ValueError` unless the descriptor is a regular file's or a character device's.

    Pipes and sockets do not count as files: they are handed over as ends and streams.
    """
    mode = os.fstat(number).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISCHR(mode):
        raise ValueError(f"descriptor {number} is neither a regular file nor a character device")


def _new_file(name: str, owned: list[int]) -> Any:
    number = owned[0]
    _check_is_file(number)
    flags = fcntl.fcntl(number, fcntl.F_GETFL)
    access = flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
    _, mode = passing.FILES[name]
    needed = {"rb": os.O_RDONLY, "wb": os.O_WRONLY, "r+b": os.O_RDWR}[mode]
    if access not in (needed, os.O_RDWR) or flags & getattr(os, "O_PATH", 0):
        raise ValueError(f"descriptor {number} cannot be opened with mode {mode!r}")
    # A terminal has no position, which buffers for both directions need.
    buffering = 0 if mode == "r+b" and not _has_position(number) else -1
    [file] = map(open, (number,), (mode,), (buffering,))
    del owned[:]  # No handler can raise between these.
    return file


def _has_position(number: int) -> bool:
    try:
        os.lseek(number, 0, os.SEEK_CUR)
    except OSError:
        return False
    return True
