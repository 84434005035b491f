"""Descriptors that travel with bytes, by SCM_RIGHTS: unix(7).

The system gives the receiving process its own descriptors for the same open files. They are written
to memory, and a signal handler may raise as soon as they are there. So that memory belongs to an
object, `Arriving`, that closes them unless they get another owner.
"""

from __future__ import annotations

import errno
import os
import sys
from _operator import index
from _socket import CMSG_LEN, CMSG_SPACE

from interprocess._bindings.libc import ffi
from interprocess._interface.byte_stream import MOST_AT_ONCE, closed_error
from interprocess._interface.octets import checked_size
from interprocess.errors import UnsupportedError
from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._descriptor.descriptor import Descriptor
from interprocess.os.unix._descriptor.numbers import close_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol, Union

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Buffer
    from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor

    class HasFileno(Protocol):
        """A file, a socket, or an object of this library."""

        def fileno(self) -> int:
            """Return the descriptor."""
            ...

    #: Objects that can be sent: a descriptor's number, or an object with one.
    FdLike = Union[int, HasFileno]

#: The most descriptors in one message: Linux's SCM_MAX_FD, the lowest known limit.
MOST_FDS = 253
#: The most that can arrive at once where the system's own limit is a page of control messages.
_MOST_ANYWHERE = 512

_INT = ffi.sizeof("int")
_HEADER = CMSG_LEN(0)
_CMSGHDR = ffi.typeof("struct cmsghdr *")
#: Room for other control messages that an adopted socket may receive: credentials, a pidfd.
_ROOM_FOR_OTHERS = 2 * CMSG_SPACE(16)
#: Linux's SCM_PIDFD, which contains a descriptor. This library does not request it, but an adopted
#: socket may.
_SCM_PIDFD = 4 if _kernel.UNASKED_RIGHTS_ARE_CLOSED else -1


class Departing:
    """A message with bytes and descriptors, to be sent; a context manager.

    For an object of this library it has a duplicate: another thread may close the object meanwhile.
    """

    __slots__ = ("_control", "_duplicates", "_vector", "message")

    def __init__(self, data: Buffer, fds: Iterable[FdLike]) -> None:
        _check_supported()
        things = _checked_fds(fds)
        self._duplicates: list[Descriptor] = []
        self._vector = _calls.Vector([data], writable=False)
        try:
            if not self._vector.size:
                raise ValueError("descriptors travel with bytes: data must have at least one")
            self.message = ffi.new("struct msghdr *")
            self.message.msg_iov = self._vector.entries
            self.message.msg_iovlen = 1
            numbers = [self._number_of(thing) for thing in things]
            if numbers:
                self._add_control(numbers)
        except BaseException:
            self.__exit__()
            raise

    def _number_of(self, thing: FdLike) -> int:
        descriptor = getattr(thing, "_descriptor", None)
        if isinstance(descriptor, Descriptor):
            check_idle(thing, descriptor)
            descriptor.share()
            duplicate = Descriptor()
            self._duplicates.append(duplicate)
            duplicate.obtain(descriptor.perform, _calls.duplicate, 0, None)
            return duplicate.number
        number = index(thing) if isinstance(thing, int) else thing.fileno()
        if number < 0:
            raise ValueError(f"{number} is not a descriptor")
        return number

    def _add_control(self, numbers: list[int]) -> None:
        size = _INT * len(numbers)
        self._control = control = ffi.new("char[]", CMSG_SPACE(size))
        header = ffi.cast(_CMSGHDR, control)
        header.cmsg_len = CMSG_LEN(size)
        header.cmsg_level = _calls.SOL_SOCKET
        header.cmsg_type = _calls.SCM_RIGHTS
        ffi.memmove(control + _HEADER, ffi.new("int[]", numbers), size)
        self.message.msg_control = control
        self.message.msg_controllen = CMSG_SPACE(size)

    def __enter__(self) -> Departing:
        return self

    def __exit__(self, *exception: object) -> None:
        self._vector.__exit__()
        for duplicate in self._duplicates:
            duplicate.close()


def _check_supported() -> None:
    if not _kernel.RIGHTS_TRAVEL:
        raise UnsupportedError(f"{sys.platform}: the C library's sendmsg passes no descriptors")


def check_idle(thing: object, descriptor: Descriptor) -> None:
    """Raise `ValueError` if our object is closed or in use by another thread or task."""
    if descriptor.closing:
        raise closed_error(thing)
    if descriptor.in_use:
        raise ValueError(f"another thread is inside a call on {thing!r}")
    if hasattr(thing, "_check_idle"):  # It is asynchronous.
        thing._check_idle()


def _checked_fds(fds: Iterable[FdLike]) -> list[FdLike]:
    try:
        things = [*fds]
    except TypeError:
        raise TypeError(f"fds must be an iterable of descriptors, not {fds!r}") from None
    if len(things) > MOST_FDS:
        raise ValueError(f"at most {MOST_FDS} descriptors go with one message, not {len(things)}")
    for thing in things:
        if isinstance(thing, bool) or not (isinstance(thing, int) or hasattr(thing, "fileno")):
            raise TypeError(f"a descriptor is an int or an object with a fileno(), not {thing!r}")
    return things


def send(descriptor: SocketDescriptor, departing: Departing, deadline: float | None) -> int:
    """Send at least one byte of a message, with its descriptors; return the number of bytes."""
    flags = _calls.MSG_NOSIGNAL | descriptor.flags(deadline)
    return descriptor.send(_calls.send_message, _calls.POLLOUT, deadline, departing.message, flags)


class Arriving:
    """Memory for bytes and descriptors, which closes received descriptors unless they are taken.

    A caller that takes `numbers()` sets `message.msg_controllen = 0` in a separate statement: no
    signal handler can raise between that and the next one.
    """

    __slots__ = ("_control", "_data", "_left", "_most", "_room", "_vector", "message")

    def __init__(self, size: int, most: int) -> None:
        _check_supported()
        size, self._most = checked_amounts(size, most)
        at_once = most if _kernel.UNASKED_RIGHTS_ARE_CLOSED else _MOST_ANYWHERE
        self._left: list[int] = []
        self._room = CMSG_SPACE(_INT * at_once) + _ROOM_FOR_OTHERS
        self._control = ffi.new("char[]", self._room)
        self._data = _calls.new_buffer(size)
        self._vector = ffi.new("struct iovec *", (self._data, size))
        self.message = ffi.new("struct msghdr *")
        self.message.msg_iov = self._vector
        self.message.msg_iovlen = 1
        self.message.msg_control = self._control

    def receive(self, number: int, flags: int) -> int:
        """Receive from a socket, and return the number of bytes; 0 is the end of the stream."""
        self.message.msg_controllen = self._room
        return _calls.receive_message(number, self.message, flags | _calls.MSG_CMSG_CLOEXEC)

    def data(self, count: int) -> bytes:
        """Return the first COUNT bytes."""
        return _calls.contents(self._data, count)

    def numbers(self, data: bytes) -> list[int]:
        """Return the descriptors, which this object still owns.

        Raises `OSError`, whose attribute `partial` is DATA, if there are more than the caller
        allows, or fewer than were sent.
        """
        numbers = self._in_memory()
        close_numbers(self._left)
        truncated = self.message.msg_flags & _calls.MSG_CTRUNC
        if len(numbers) > self._most or (truncated and len(numbers) == self._most):
            text = f"the peer sent more descriptors than max_fds={self._most}"
            error = OSError(errno.EMSGSIZE, text)
        elif truncated:
            text = f"the peer sent descriptors, of which this process can have only {len(numbers)}"
            error = OSError(errno.EMFILE, f"{text}: {os.strerror(errno.EMFILE)}")
        else:
            for number in numbers:
                # An older kernel may not know the headers' flag: illumos.
                if os.get_inheritable(number):
                    os.set_inheritable(number, False)
            return numbers
        error.partial = data  # type: ignore[attr-defined]  # documented
        raise error

    def _in_memory(self) -> list[int]:
        """Return the peer's descriptors that are still in memory; the system's go to `_left`."""
        sent: list[int] = []
        for kind, content, size in self.control_messages():
            numbers = ffi.cast("int *", content)
            if kind == _calls.SCM_RIGHTS:
                sent += ffi.unpack(numbers, size // _INT)
            elif kind == _SCM_PIDFD and numbers[0] >= 0:
                # No handler can raise between these: `interprocess._interface.lifetime`.
                self._left += (numbers[0],)
                numbers[0] = -1
        return sent

    def control_messages(self) -> Iterator[tuple[int, CData, int]]:
        """Yield the type, content and size of each control message of the socket level. cmsg(3)."""
        offset, end = 0, min(self._room, int(self.message.msg_controllen))
        while end - offset >= _HEADER:
            header = ffi.cast(_CMSGHDR, self._control + offset)
            length = min(int(header.cmsg_len), end - offset)
            if length < _HEADER:
                break
            if header.cmsg_level == _calls.SOL_SOCKET:
                yield header.cmsg_type, self._control + offset + _HEADER, length - _HEADER
            offset += CMSG_SPACE(length - _HEADER)

    def close(self) -> None:
        """Close the descriptors that were not taken."""
        sent = self._in_memory()
        # No handler can raise between these: see `interprocess._interface.lifetime`.
        self._left += sent
        self.message.msg_controllen = 0
        close_numbers(self._left)

    def __enter__(self) -> Arriving:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "message", None) is not None:  # Missing if an interrupt came first.
            self.close()


def checked_amounts(size: int, most: int) -> tuple[int, int]:
    """Return the numbers of bytes and descriptors to receive at once."""
    size = checked_size(size)
    if not size:
        raise ValueError("descriptors travel with bytes: size must be at least 1, not 0")
    if isinstance(most, bool) or not isinstance(most, int):
        raise TypeError(f"max_fds must be a number of descriptors, not {most!r}")
    if not 0 <= most <= MOST_FDS:
        raise ValueError(f"max_fds must be from 0 to {MOST_FDS}, not {most}")
    return min(size, MOST_AT_ONCE), most


def receive(descriptor: SocketDescriptor, arriving: Arriving, deadline: float | None) -> bytes:
    """Receive at least one byte, and the descriptors that come with it; return the bytes."""
    flags = descriptor.flags(deadline)
    return arriving.data(
        descriptor.receive(receive_arriving, _calls.POLLIN, deadline, arriving, flags)
    )


def receive_arriving(number: int, arriving: Arriving, flags: int) -> int:
    """Do what `Arriving.receive` does, for `perform`."""
    return arriving.receive(number, flags)
