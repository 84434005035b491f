"""Objects handed to another process: their kinds, and the objects made from handles.

`interprocess._interface.passing` has the message. Its payload is the number of the handle in the
receiver: eight bytes, big-endian. For a listener that was made with a security descriptor, that
follows in SDDL.

The peer states the number, which cannot be verified. So a handle of the wrong kind is left open: it
may be another handle of this process.
"""

from __future__ import annotations

import msvcrt
import os
import stat

from interprocess._interface import passing
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
from interprocess._interface.passing_files import file_kind
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._handle.argument import checked_handle
from interprocess.os.windows._pipe.creation import PipeCreation
from interprocess.os.windows._pipe.making import RECEIVES, SENDS, check_is_server_end
from interprocess.os.windows._pipe.path import LOCAL_PREFIX
from interprocess.os.windows._pipe.peer import peer_process_id
from interprocess.os.windows._pipe.transfer import PipeReceiver, PipeSender
from interprocess.os.windows._pipe.unnamed import Recver, Sender
from interprocess.os.windows.local_socket._listener import Listener
from interprocess.os.windows.local_socket._names import Name
from interprocess.os.windows.local_socket._stream import Stream
from interprocess.os.windows.share_handle import close_shared_handle, share_handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from interprocess._interface.passing import Wanted


def import_memory() -> type[Any]:
    """Return the class of shared memory."""
    from interprocess.os.windows._shared_memory import Memory

    return Memory


CLASSES = passing.classes(import_memory, Stream, Listener, Recver, Sender)

_NUMBER = 8
#: The longest SDDL text to accept from a peer, in bytes.
_LONGEST_SDDL = 16384


class Departing:
    """A handle in the receiving process, and the message about it; a context manager.

    Unless the message was sent, the handle is taken back.
    """

    def __init__(self, stream: Any, thing: Any, pid: int | None) -> None:
        kind = _kind_of(thing)
        if pid is None:
            handle = stream._handle
            pid = handle.perform(peer_process_id, handle.origin)
        self._pid = pid
        self.was_sent = False
        try:
            self._number, sddl = _share(kind, thing, pid)
        except OSError:
            _check_peer_is_there(stream)
            raise
        self.message = passing.head(kind, self._number.to_bytes(_NUMBER, "big") + sddl)

    def __enter__(self) -> Departing:
        return self

    def __exit__(self, *exception: object) -> None:
        if not self.was_sent:
            try:
                close_shared_handle(self._number, pid=self._pid)
            except OSError:
                pass  # The process has ended, and its handles are closed.


def _check_peer_is_there(stream: Any) -> None:
    """Raise `BrokenPipeError` if the peer has left, and with it the process to hand over to."""
    try:
        stream._handle.perform(pipes.peek_named_pipe)
    except BrokenPipeError:
        raise
    except OSError:
        pass  # An end that only sends has no access.


def _share(kind: str, thing: Any, pid: int) -> tuple[int, bytes]:
    """Put a handle into a process; return its number there, and the rest of the payload."""
    if kind == "listener":
        return _share_listener(thing, pid)
    if kind in passing.FILES:
        thing = msvcrt.get_osfhandle(thing.fileno())  # type: ignore[attr-defined, unused-ignore]  # Windows
    return share_handle(thing, pid=pid), b""


def _share_listener(listener: Listener, pid: int) -> tuple[int, bytes]:
    """Put a new instance of a listener's pipe into a process, which makes further ones itself."""
    creation = listener._server.creation
    descriptor = creation.facts().get("security_descriptor")
    instance = creation.create(first=False)
    try:
        number = share_handle(instance.value, pid=pid)
    finally:
        instance.close()
    return number, b"" if descriptor is None else descriptor.to_sddl().encode()


def _kind_of(thing: Any) -> str:
    kind = getattr(thing, "_passed_as", "")
    if kind:
        if thing.closed:
            raise closed_error(thing)
        passing.check_nothing_incoming(thing)
        handle = getattr(thing, "_handle", None)
        if handle is not None and handle.in_use:
            raise ValueError(f"another thread is inside a call on {thing!r}")
        return str(kind)
    if hasattr(thing, "to_sync"):
        raise ValueError(f"{thing!r} belongs to an event loop: hand over what to_sync() returns")
    if hasattr(thing, "_handle"):
        raise passing.cannot_go(thing)
    return file_kind(thing, _check_is_file)


def send_object(stream: Any, thing: Any, pid: int | None) -> None:
    """Implement `interprocess.local_socket.send_object`."""
    stream = passing.carrier_of(stream, PipeSender)
    with Departing(stream, thing, pid) as departing:
        stream.send_all(departing.message)
        departing.was_sent = True


def recv_object(stream: Any, wanted: Wanted) -> Any:
    """Implement `interprocess.local_socket.recv_object`."""
    stream = passing.carrier_of(stream, PipeReceiver)
    passing.check_kind(wanted, CLASSES)
    with passing.going_on(stream, Incoming) as incoming:
        while incoming.missing:
            incoming.add(stream.recv(incoming.missing))
    return incoming.thing(CLASSES, wanted)


class Incoming(passing.IncomingMessage):
    """A message that is being received."""

    def add(self, data: bytes) -> None:
        """Add received bytes."""
        self.add_bytes(data)

    def _payload_sizes(self, name: str) -> tuple[int, int]:
        return _NUMBER, _NUMBER + (_LONGEST_SDDL if name == "listener" else 0)

    def thing(self, classes: Mapping[str, type[Any]], wanted: Wanted) -> Any:
        """Return the object, of one of CLASSES."""
        number, sddl = int.from_bytes(self._payload[:_NUMBER], "big"), self._payload[_NUMBER:]
        try:
            checked_handle(number)
            thing = _new(self._name, number, sddl)
        except (ValueError, OSError) as error:
            raise passing.unexpected(f"{self._name}, {error}") from None
        try:
            passing.check_wanted(self._name, classes, wanted)
            if self._name in passing.FILES:
                return passing.checked_file(thing, wanted)
            kind = classes[self._name]
            return thing if kind is CLASSES[self._name] else kind.from_sync(thing)
        except BaseException:
            thing.close()
            raise


def _new(name: str, number: int, sddl: bytes) -> Any:
    """Return an object that owns a handle; raises `ValueError` or `OSError` if it cannot."""
    if name == "listener":
        return _new_listener(number, sddl)
    if name in passing.FILES:
        return _new_file(name, number)
    if name == passing.MEMORY:
        return import_memory().adopt(number)
    return CLASSES[name](number)


def _new_listener(number: int, sddl: bytes) -> Listener:
    options: dict[str, Any] = {}
    if sddl:
        from interprocess.os.windows.security_descriptor import SecurityDescriptor

        options["security_descriptor"] = SecurityDescriptor.from_sddl(sddl.decode())
    check_is_server_end(number, RECEIVES | SENDS)
    listener = Listener.__new__(Listener)
    listener.name = Name(LOCAL_PREFIX + pipes.pipe_name(number))
    creation = PipeCreation(listener.name.path, RECEIVES | SENDS, **options)
    listener._listen_on(number, creation, ListenerNonblockingMode.NEITHER)
    return listener


def _check_is_file(number: int) -> None:
    """Raise `ValueError` unless the descriptor is a regular file's or a character device's.

    Pipes do not count as files: they are handed over as ends.
    """
    mode = os.fstat(number).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISCHR(mode):
        raise ValueError(f"descriptor {number} is neither a regular file nor a character device")


def _new_file(name: str, number: int) -> Any:
    _, mode = passing.FILES[name]
    if _calls.is_pipe(number):
        raise ValueError(f"handle {number:#x} is not a file, but a pipe")
    access = pipes.granted_access(number)
    reads, writes = mode != "wb", mode != "rb"
    if (reads and not access & pipes.FILE_READ_DATA) or (
        writes and not access & pipes.FILE_WRITE_DATA
    ):
        raise ValueError(f"handle {number:#x} cannot be opened with mode {mode!r}")
    flags = os.O_RDWR if reads and writes else os.O_WRONLY if writes else os.O_RDONLY
    flags |= os.O_BINARY | os.O_NOINHERIT  # type: ignore[attr-defined, unused-ignore]  # Windows
    descriptor = msvcrt.open_osfhandle(number, flags)  # type: ignore[attr-defined, unused-ignore]  # Windows
    try:
        _check_is_file(descriptor)
        return open(descriptor, mode)
    except BaseException:
        os.close(descriptor)
        raise
