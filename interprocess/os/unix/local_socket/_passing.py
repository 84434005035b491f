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
from interprocess._interface.passing_files import file_kind
from interprocess._interface.timeouts import deadline_after
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.descriptor import Descriptor
from interprocess.os.unix._descriptor.numbers import close_numbers
from interprocess.os.unix._pipe import FifoDescriptor, Recver, Sender, check_is_end
from interprocess.os.unix._unix_socket import rights
from interprocess.os.unix._unix_socket.adoption import check_is_unix_stream_socket
from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor
from interprocess.os.unix._unix_socket.listening import ListenerDescriptor
from interprocess.os.unix.local_socket._listener import Listener, turns_others_away
from interprocess.os.unix.local_socket._names import Name
from interprocess.os.unix.local_socket._stream import FdReceiver, FdSender, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from interprocess._interface.passing import Wanted


def import_memory() -> type[Any]:
    """Return the class of shared memory."""
    from interprocess.os.unix._shared_memory.memory import Memory

    return Memory


CLASSES = passing.classes(import_memory, Stream, Listener, Recver, Sender)

#: The payload of a listener: its `current_user_only`. Without one, its name decides.
_EVERY_USER, _ONLY_CURRENT_USER = b"\0", b"\1"
_CURRENT_USER_ONLY = {b"": None, _EVERY_USER: False, _ONLY_CURRENT_USER: True}


def departing(thing: Any) -> tuple[bytes, rights.Departing]:
    """Return the message with THING, as bytes and as a `Departing`, which the caller must close."""
    kind = _kind_of(thing)
    message = passing.head(kind, _payload_of(thing) if kind == "listener" else b"")
    return message, rights.Departing(message, [thing])


def _payload_of(listener: Any) -> bytes:
    return _ONLY_CURRENT_USER if listener._current_user_only else _EVERY_USER


def _kind_of(thing: Any) -> str:
    if isinstance(getattr(thing, "_descriptor", None), Descriptor):
        kind: str = thing._passed_as
        if not kind:
            raise passing.cannot_go(thing)
        if thing.closed:
            raise closed_error(thing)
        passing.check_nothing_incoming(thing)
        if hasattr(thing, "_check_nothing_kept"):  # It is asynchronous.
            thing._check_nothing_kept()
        return kind
    return file_kind(thing, _check_is_file)


def send_object(stream: Any, thing: Any, _pid: int | None) -> None:
    """Implement `interprocess.local_socket.send_object`."""
    stream = passing.carrier_of(stream, FdSender)
    deadline = deadline_after(stream._send_timeout)
    message, parcel = departing(thing)
    with parcel:
        sent = rights.send(stream._descriptor, parcel, deadline)
    if sent < len(message):
        stream.send_all(message[sent:])


def recv_object(stream: Any, wanted: Wanted) -> Any:
    """Implement `interprocess.local_socket.recv_object`."""
    stream = passing.carrier_of(stream, FdReceiver)
    passing.check_kind(wanted, CLASSES)
    deadline = deadline_after(stream._recv_timeout)
    with passing.going_on(stream, Incoming) as incoming:
        while incoming.missing:
            with incoming.room() as arriving:
                incoming.add(arriving, rights.receive(stream._descriptor, arriving, deadline))
    return incoming.thing(CLASSES, wanted)


class Incoming(passing.IncomingMessage):
    """A message that is being received. Its finalizer closes the descriptor."""

    __slots__ = ("_owned",)

    def __init__(self) -> None:
        self._owned: list[int] = []
        super().__init__()

    def room(self) -> rights.Arriving:
        """Return a buffer for the missing bytes."""
        return rights.Arriving(self.missing, 1)

    def add(self, arriving: rights.Arriving, data: bytes) -> None:
        """Add received bytes, with their descriptor."""
        try:
            numbers = arriving.numbers(data)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise passing.unexpected("it has several descriptors") from None
            self.discard()  # The descriptor is lost.
            raise
        # No handler can raise between these: see `interprocess._interface.lifetime`.
        self._owned += numbers
        arriving.message.msg_controllen = 0
        self.add_bytes(data)

    def _payload_sizes(self, name: str) -> tuple[int, int]:
        return 0, len(_ONLY_CURRENT_USER) if name == "listener" else 0

    def thing(self, classes: Mapping[str, type[Any]], wanted: Wanted) -> Any:
        """Return the object, of one of CLASSES."""
        name = self._name
        try:
            passing.check_wanted(name, classes, wanted)
            thing = self._thing(name, classes[name])
        finally:
            self.discard()
        return passing.checked_file(thing, wanted) if name in passing.FILES else thing

    def _thing(self, name: str, kind: type[Any]) -> Any:
        if len(self._owned) != 1:
            raise passing.unexpected(f"it has {len(self._owned)} descriptors, not one")
        try:
            thing = _new(name, self._payload, self._owned)
        except ValueError as error:
            raise passing.unexpected(str(error)) from None
        return thing if kind is CLASSES[name] else kind.from_sync(thing)

    def discard(self) -> None:
        super().discard()
        close_numbers(self._owned)

    def __del__(self) -> None:
        close_numbers(getattr(self, "_owned", []))


def _new(name: str, payload: bytes, owned: list[int]) -> Any:
    """Return an object that owns the descriptor, the only one in a list. Raises `ValueError`."""
    number = owned[0]
    if name in passing.FILES:
        return _new_file(name, owned)
    if name == passing.MEMORY:
        return import_memory().arrived(owned)
    if name == "stream":
        check_is_unix_stream_socket(number, listening=False)
        return _owning(Stream, SocketDescriptor, owned)
    if name == "listener":
        return _new_listener(payload, owned)
    if name == "recver":
        check_is_end(number, os.O_RDONLY, "read")
        return _owning(Recver, FifoDescriptor, owned)
    check_is_end(number, os.O_WRONLY, "written")
    return _owning(Sender, FifoDescriptor, owned)


def _new_listener(payload: bytes, owned: list[int]) -> Listener:
    if payload not in _CURRENT_USER_ONLY:
        raise ValueError(f"{payload!r} does not say which users may connect")
    check_is_unix_stream_socket(owned[0], listening=True)
    _, address = _calls.getsockname(owned[0])
    name = Name.of_address(address)
    current_user_only = turns_others_away(name, _CURRENT_USER_ONLY[payload])
    listener: Listener = _owning(Listener, ListenerDescriptor, owned)
    listener.name = name
    listener._current_user_only = current_user_only
    return listener


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
