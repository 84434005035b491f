"""Unix domain stream sockets: addresses, connecting, listening, accepting, peer credentials."""

from __future__ import annotations

import _socket
import errno
import os
import stat
import sys
from _thread import allocate_lock
from time import monotonic

from interprocess._bindings.libc import ffi
from interprocess._interface.timeouts import deadline_after
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor import Descriptor, Waker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData
    from interprocess._interface.options import ConnectWaitMode

#: How many bytes a socket's address may have. OpenBSD alone wants a NUL after them.
MAX_ADDRESS = ffi.sizeof(dict(ffi.typeof("struct sockaddr_un").fields)["sun_path"].type)
if sys.platform.startswith("openbsd"):
    MAX_ADDRESS -= 1

#: On PyPy a call through cffi is faster than anything else.
HAS_FAST_SOCKETS = sys.implementation.name == "cpython"

_c_socket_lock = allocate_lock()

_PATH_OFFSET = ffi.offsetof("struct sockaddr_un", "sun_path")
_ADDRESS_HAS_LENGTH = "sun_len" in dict(ffi.typeof("struct sockaddr_un").fields)
_FAMILY = int(_calls.AF_UNIX).to_bytes(_PATH_OFFSET, sys.byteorder)
_BYTES = ffi.typeof("char[]")
#: Whether shutdown(2) on a listener wakes those who wait in accept(2): elsewhere it is an error.
_SHUTDOWN_WAKES_ACCEPT = sys.platform in ("linux", "android")


class SocketDescriptor(Descriptor):
    """A connected socket, or one direction of it.

    While nobody else has a descriptor for the socket, calls wait in the kernel, which is one system
    call for each, and `close` wakes them with shutdown(2). That would end the connection for a
    clone too, so where there are clones, calls wait in poll(2), next to a pipe of our own.
    """

    __slots__ = (
        "_c_socket",
        "_shared_number",
        "_shutdown_how",
        "direct_receiver",
        "direct_sender",
        "shared",
    )

    def __init__(
        self, number: int, nonblocking: bool = False, c_socket: _socket.socket | None = None
    ) -> None:
        # What `Descriptor.__init__` does, without the call: one is made for every client.
        self.number = number
        self.nonblocking = nonblocking
        self.closing = False
        self.uses: list[int] = []
        self._is_ours = True
        self._waker: Waker | None = None
        self.shared = False
        #: What has to be told before the number is given away, ...
        self._c_socket = c_socket
        #: ... and what makes the busiest calls, where nothing but the kernel is to be waited for.
        self.direct_receiver = self.direct_sender = c_socket
        self._shared_number: SharedNumber | None = None
        self._shutdown_how = _calls.SHUT_RDWR

    def open_direct(self) -> _socket.socket | None:
        """Return the C implementation of the busiest calls, or `None` where there is none.

        CPython's own socket type makes the very same system calls, with MSG_NOSIGNAL if told so, at
        a fraction of cffi's costs. It waits in the kernel, unless the socket is in nonblocking
        mode, and it borrows the number: `_forget` takes that back before it can close it. The
        caller has to see to it that its calls are not made after closing.
        """
        return self.perform(self._open_c_socket, 0, None) if HAS_FAST_SOCKETS else None

    def _open_c_socket(self, number: int) -> _socket.socket | None:
        # A reader and a writer may come here at once: of two such objects, the one that nobody
        # keeps would close the number.
        with _c_socket_lock:
            if self._c_socket is None and _socket.getdefaulttimeout() is None:
                # With a default timeout, the type would switch the socket to nonblocking mode and
                # wait by itself.
                self._c_socket = _socket.socket(
                    _calls.AF_UNIX, _calls.SOCK_STREAM, 0, fileno=number
                )
            return self._c_socket

    def share(self) -> None:
        """From now on somebody else has a descriptor for the socket too."""
        self.shared = True
        self.direct_receiver = self.direct_sender = None

    def prepare_for_child(self) -> None:
        self.share()

    def _forget(self) -> None:
        self.direct_receiver = self.direct_sender = None
        if self._c_socket is not None:
            self._c_socket.detach()
            self._c_socket = None

    def flags(self, deadline: float | None) -> int:
        """Return the flag with which a call does not wait in the kernel, where it must not."""
        if deadline is None and not self.shared and not self.nonblocking:
            return 0
        return _calls.MSG_DONTWAIT

    def split(self) -> tuple[SocketDescriptor, SocketDescriptor]:
        """Give up the number to two owners, of its receiving and of its sending direction."""
        shared_number = SharedNumber()
        halves = self._successor(_calls.SHUT_RD), self._successor(_calls.SHUT_WR)
        self.detach()
        for half in halves:
            half._shared_number = shared_number
        return halves

    def is_other_half_of(self, other: SocketDescriptor) -> bool:
        """Whether both are open and come from the same `split`."""
        return (
            self._shared_number is not None
            and self._shared_number is other._shared_number
            and self is not other
            and not self.closing
            and not other.closing
        )

    def reunite(self, other: SocketDescriptor) -> SocketDescriptor:
        """Undo `split`: give up the numbers of both halves to one owner."""
        self._reserve()
        try:
            other._reserve()
        except BaseException:
            self._unreserve()
            raise
        self._forget()
        other._forget()
        return self._successor(_calls.SHUT_RDWR)

    def _successor(self, shutdown_how: int) -> SocketDescriptor:
        successor = SocketDescriptor(self.number, self.nonblocking)
        successor.shared = self.shared
        successor._shutdown_how = shutdown_how
        return successor

    def leave(self) -> None:
        # `Descriptor.leave` in one frame: one is closed for every client.
        if self.uses:
            return
        try:
            del self._is_ours
        except AttributeError:
            return  # Another thread was faster.
        if self._waker is not None:
            self._waker.close()
        c_socket = self._c_socket
        if self._shared_number is not None and not self._shared_number.given_up_by_last():
            self._forget()
        elif c_socket is not None and c_socket.fileno() == self.number:
            c_socket.close()
        else:
            os.close(self.number)

    def _woken_by_shutdown(self) -> bool:
        return not self.shared

    def _shut_down(self) -> None:
        try:
            _calls.shutdown(self.number, self._shutdown_how)
        except OSError:
            pass  # The peer has left already, and its leaving woke everybody.


class SharedNumber:
    """Counts the two halves that have one number between them."""

    __slots__ = ("_lock", "_owners")

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._owners = 2

    def given_up_by_last(self) -> bool:
        """Take one owner off, and tell whether it was the last."""
        with self._lock:
            self._owners -= 1
            return self._owners == 0


class ListenerDescriptor(Descriptor):
    """A listening socket.

    On Linux calls without a timeout wait in the kernel, as those of `SocketDescriptor` do.
    Everything else waits in poll(2), and for that the system's own nonblocking mode must be on:
    between poll's answer and our call another process may have taken the client.
    """

    __slots__ = ("_polls",)

    def __init__(self, number: int, nonblocking: bool = False) -> None:
        super().__init__(number, nonblocking)
        self._polls = nonblocking

    def accept(self, deadline: float | None, nonblocking_stream: bool) -> int:
        """Take the next client, waiting until DEADLINE, and return its number."""
        if not self._polls and (deadline is not None or not _SHUTDOWN_WAKES_ACCEPT):
            self.perform(os.set_blocking, 0, None, False)
            self._polls = True
        return self.perform(accept, _calls.POLLIN, deadline, nonblocking_stream)

    def set_nonblocking(self, nonblocking: bool) -> None:
        super().set_nonblocking(nonblocking)
        self._polls = nonblocking

    def _woken_by_shutdown(self) -> bool:
        return _SHUTDOWN_WAKES_ACCEPT

    def _shut_down(self) -> None:
        _calls.shutdown(self.number, _calls.SHUT_RDWR)


def new_socket() -> int:
    """Return the number of a new socket that no child process inherits."""
    number = _calls.socket(_calls.SOCK_STREAM | _calls.SOCK_CLOEXEC)
    if not _calls.SOCK_CLOEXEC:
        os.set_inheritable(number, False)
    _never_raise_sigpipe(number)
    return number


def new_client() -> SocketDescriptor:
    """Return the owner of a new socket that no child process inherits. socket(2)."""
    if not HAS_FAST_SOCKETS or _socket.getdefaulttimeout() is not None:
        return SocketDescriptor(new_socket())
    # The same call, and what the first transfer would make otherwise.
    c_socket = _socket.socket(_calls.AF_UNIX, _calls.SOCK_STREAM, 0)
    descriptor = SocketDescriptor(c_socket.fileno(), False, c_socket)
    if not _calls.MSG_NOSIGNAL:
        _never_raise_sigpipe(descriptor.number)
    return descriptor


def new_pair() -> tuple[int, int]:
    """Return the numbers of two connected sockets that no child process inherits."""
    numbers = _calls.socketpair(_calls.SOCK_STREAM | _calls.SOCK_CLOEXEC)
    for number in numbers:
        if not _calls.SOCK_CLOEXEC:
            os.set_inheritable(number, False)
        _never_raise_sigpipe(number)
    return numbers


def _never_raise_sigpipe(number: int) -> None:
    if not _calls.MSG_NOSIGNAL and _calls.SO_NOSIGPIPE:
        on = ffi.new("int *", 1)
        _calls.setsockopt(number, _calls.SOL_SOCKET, _calls.SO_NOSIGPIPE, on, ffi.sizeof("int"))


def socket_address(path: bytes) -> tuple[CData, int]:
    """Return the memory of a `struct sockaddr_un`, as far as an address goes, and its length.

    No NUL is put after the address: Linux, where a leading NUL makes it abstract, takes it as long
    as it is said to be. unix(7).
    """
    length = _PATH_OFFSET + len(path)
    # The BSDs and macOS have a byte for the length, and one for the family.
    head = bytes((length, _calls.AF_UNIX)) if _ADDRESS_HAS_LENGTH else _FAMILY
    return ffi.new(_BYTES, head + path), length


def connect(number: int, path: bytes, wait_mode: ConnectWaitMode) -> None:
    """Connect, waiting as WAIT_MODE says while the listener's backlog is full."""
    if wait_mode.kind == "unbounded":
        _connect_until(number, path, None)
    elif wait_mode.seconds:
        _connect_until(number, path, deadline_after(wait_mode.seconds))
    else:
        try:
            _connect_at_once(number, path)
        except BlockingIOError as error:
            if wait_mode.kind == "timeout":
                raise TimeoutError(errno.ETIMEDOUT, error.strerror) from None
            raise


def _connect_until(number: int, path: bytes, deadline: float | None) -> None:
    """Connect, waiting until DEADLINE while the listener's backlog is full.

    Linux: a nonblocking connect(2) to a full backlog fails with EAGAIN and leaves nothing behind
    that could be waited for. A blocking one waits, and honours SO_SNDTIMEO. Elsewhere nothing
    waits: a full backlog refuses.
    """
    address, length = socket_address(path)
    interrupted = False
    while True:
        if deadline is not None:
            _set_send_timeout(number, deadline - monotonic())
        try:
            _calls.connect(number, address, length)
            break
        except InterruptedError:
            interrupted = True  # Python has run its signal handlers by now, which may have raised.
        except BlockingIOError:
            if deadline is not None and monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, FULL_BACKLOG) from None
        except OSError as error:
            if interrupted and error.errno == errno.EISCONN:
                break  # It went on without us.
            raise
    if deadline is not None:
        _set_send_timeout(number, None)


def _connect_at_once(number: int, path: bytes) -> None:
    """Connect if that needs no waiting, else raise `BlockingIOError`."""
    address, length = socket_address(path)
    os.set_blocking(number, False)
    try:
        _calls.connect(number, address, length)
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, FULL_BACKLOG) from None
    os.set_blocking(number, True)


FULL_BACKLOG = "the listener has no room for another client yet"


def _set_send_timeout(number: int, seconds: float | None) -> None:
    timeout = ffi.new("struct timeval *")
    if seconds is not None:
        # All zeros would mean no timeout at all.
        microseconds = max(1, int(seconds * 1_000_000))
        timeout.tv_sec, timeout.tv_usec = divmod(microseconds, 1_000_000)
    _calls.setsockopt(
        number, _calls.SOL_SOCKET, _calls.SO_SNDTIMEO, timeout, ffi.sizeof("struct timeval")
    )


def accept(number: int, nonblocking: bool) -> int:
    """Take the next connection, as a socket that no child process inherits."""
    if _calls.SOCK_CLOEXEC:
        flags = _calls.SOCK_CLOEXEC | (_calls.SOCK_NONBLOCK if nonblocking else 0)
        return _calls.accept4(number, flags)
    accepted = _calls.accept(number)
    os.set_inheritable(accepted, False)
    os.set_blocking(accepted, not nonblocking)
    _never_raise_sigpipe(accepted)
    return accepted


def check_is_unix_stream_socket(number: int, *, listening: bool) -> None:
    """Refuse to adopt what is not a Unix domain stream socket, connected or listening as said.

    Raises `OSError` (EBADF) for a number that is not open and `ValueError` for anything else.
    """
    wanted = "a listening" if listening else "a connected"
    refused = f"descriptor {number} cannot be adopted: it is not {wanted} Unix domain stream socket"
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        raise ValueError(f"{refused}, but no socket at all")
    family, _ = _calls.getsockname(number)
    if family != _calls.AF_UNIX:
        raise ValueError(f"{refused}, but of address family {family}")
    kind = _calls.getsockopt_int(number, _calls.SOL_SOCKET, _calls.SO_TYPE)
    if kind != _calls.SOCK_STREAM:
        raise ValueError(f"{refused}, but of socket type {kind}")
    is_listening = _calls.getsockopt_int(number, _calls.SOL_SOCKET, _calls.SO_ACCEPTCONN) != 0
    if is_listening != listening:
        raise ValueError(
            f"{refused}, but {'a listening' if is_listening else 'not a listening'} one"
        )
    if not listening:
        try:
            _calls.getpeername(number)
        except OSError as error:
            raise ValueError(f"{refused}, but {error.strerror}") from None
