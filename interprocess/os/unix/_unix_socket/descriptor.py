"""Unix domain stream sockets: their descriptors, creating, accepting and adopting them."""

from __future__ import annotations

import _socket
import errno
import os
import sys

from interprocess._bindings.libc import ffi
from interprocess._interface import lifetime
from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._descriptor.descriptor import Descriptor
from interprocess.os.unix._descriptor.numbers import NewPair, close_numbers
from interprocess.os.unix._descriptor.open_file_mode import OpenFileMode
from interprocess.os.unix._descriptor.waker import common_wakers, drop_waker, wakers
from interprocess.os.unix._unix_socket.buffer_sizes import set_buffer_sizes
from interprocess.os.unix._unix_socket.peer_creds import described_peer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")

#: On PyPy a call through cffi is the fastest way.
HAS_FAST_SOCKETS = sys.implementation.name == "cpython"

#: The arguments of a new `_socket.socket`, for `map`.
_UNIX_STREAM = (_calls.AF_UNIX,), (_calls.SOCK_STREAM,), (0,)

#: True if a flag or an option switches off SIGPIPE. Otherwise sends are guarded like those to
#: pipes.
SENDS_RAISE_NO_SIGPIPE = bool(_calls.MSG_NOSIGNAL or _calls.SO_NOSIGPIPE)
if TYPE_CHECKING or not SENDS_RAISE_NO_SIGPIPE:
    # It imports `signal`, which takes as long as importing this package.
    from interprocess.os.unix._descriptor.sigpipe import without_sigpipe


class SocketDescriptor(Descriptor):
    """A connected socket, or one direction of it.

    While no clone or other process has the socket, calls wait in the kernel, which takes one system
    call each, and `close` wakes them with shutdown(2). Since that would end the connection for a
    clone or another process too, calls wait in poll(2), next to a waker, if there is one.
    """

    __slots__ = ("_c_sockets", "_halves", "_shutdown_how", "direct_receiver", "direct_sender")

    def __init__(
        self, number: int | None = None, nonblocking: bool = False, shared: bool = False
    ) -> None:
        # `Descriptor.__init__` inlined: every client gets a descriptor.
        self.epoch = lifetime.epoch
        self.uses: list[int] = []
        self.closing = self._close_requested = False
        self.owned: list[int]
        if number is None:
            self.owned, self.number = [], -1
        else:
            self.owned, self.number = [number], number
        self.nonblocking = nonblocking
        self.shared = shared
        self.mode = None
        #: CPython's own sockets over the number. They must be detached before it is given away, ...
        self._c_sockets: list[_socket.socket] = []
        #: ... and make the busiest calls, if waiting in the kernel is enough.
        self.direct_receiver: _socket.socket | None = None
        self.direct_sender: _socket.socket | None = None
        self._halves: Halves | None = None
        self._shutdown_how = _calls.SHUT_RDWR

    def open_direct(self) -> _socket.socket | None:
        """Return the C implementation of the busiest calls, or `None` if there is none.

        CPython's own socket type makes the same system calls, optionally with MSG_NOSIGNAL, at a
        fraction of cffi's cost. It waits in the kernel, unless the socket is in nonblocking mode,
        and it borrows the number: `_forget` detaches it before it can close the number. The caller
        must not use it after closing.
        """
        return self.perform(self._open_c_socket, 0, None) if HAS_FAST_SOCKETS else None

    def _open_c_socket(self, number: int) -> _socket.socket | None:
        c_sockets = self._c_sockets
        if not c_sockets:
            if _socket.getdefaulttimeout() is not None:
                # The type would switch the socket to nonblocking mode and do the waiting.
                return None
            # It closes the number when it is dropped, so it goes into the list at once. A reader
            # and a writer may get here together: then there are two, which does no harm.
            c_sockets += map(_socket.socket, *_UNIX_STREAM, (number,))
        return c_sockets[0]

    def create(self) -> None:
        """Own a new socket that no child process inherits. socket(2)."""
        if not HAS_FAST_SOCKETS or _socket.getdefaulttimeout() is not None:
            self.obtain(new_socket)
            return
        # The same system call; the first transfer would make this object otherwise.
        self._c_sockets += map(_socket.socket, *_UNIX_STREAM)
        self.direct_receiver = c_socket = self._c_sockets[0]
        self.number = number = c_socket.fileno()
        self.owned += (number,)
        if SENDS_RAISE_NO_SIGPIPE:
            self.direct_sender = c_socket
        if not _calls.MSG_NOSIGNAL:
            never_raise_sigpipe(self.number)

    def clone(self) -> SocketDescriptor:
        clone = super().clone()
        self.direct_receiver = self.direct_sender = None
        return clone

    def share(self) -> None:
        super().share()
        self.direct_receiver = self.direct_sender = None

    def _forget(self) -> None:
        # This runs for every client, so it makes no unnecessary calls.
        if wakers or common_wakers:
            drop_waker(self)
        if self._c_sockets:
            self.direct_receiver = self.direct_sender = None
            for c_socket in self._c_sockets:
                c_socket.detach()
            del self._c_sockets[:]

    def flags(self, deadline: float | None) -> int:
        """Return the flag that keeps a call from waiting in the kernel, if it must not wait."""
        if deadline is None and not self.nonblocking and not self.others_have_it:
            return 0
        return _calls.MSG_DONTWAIT

    def _transfer_in_nonblocking_mode(
        self,
        call: Callable[..., Result],
        event: int,
        deadline: float | None,
        *arguments: object,
    ) -> Result:
        """Do what `perform` does, where only O_NONBLOCK keeps a call from waiting."""
        if deadline is None and not self.nonblocking and not self.others_have_it:
            return self.perform(call, event, deadline, *arguments)
        self.mode = self.mode or OpenFileMode(self.nonblocking)
        result: Result = self.perform(self._call_without_waiting, event, deadline, call, *arguments)
        return result

    def _send_without_sigpipe(
        self,
        call: Callable[..., int],
        event: int,
        deadline: float | None,
        *arguments: object,
    ) -> int:
        """Do what `_send_with_sigpipe` does, but suppress the signal."""
        return self._send_with_sigpipe(without_sigpipe, event, deadline, call, *arguments)

    if TYPE_CHECKING:

        def receive(
            self, call: Callable[..., int], event: int, deadline: float | None, *arguments: object
        ) -> int:
            """Do what `perform` does for a call that receives, with flags among its arguments."""

        def send(
            self, call: Callable[..., int], event: int, deadline: float | None, *arguments: object
        ) -> int:
            """Do what `perform` does for a call that sends, with flags among its arguments."""

        def _send_with_sigpipe(
            self, call: Callable[..., int], event: int, deadline: float | None, *arguments: object
        ) -> int: ...

    else:
        receive = _send_with_sigpipe = Descriptor.perform
        if not _kernel.RECEIVE_HONOURS_DONTWAIT:
            receive = _transfer_in_nonblocking_mode
        if not _kernel.SEND_HONOURS_DONTWAIT:
            _send_with_sigpipe = _transfer_in_nonblocking_mode
        send = _send_with_sigpipe if SENDS_RAISE_NO_SIGPIPE else _send_without_sigpipe

    def split(self) -> tuple[SocketDescriptor, SocketDescriptor]:
        """Give the number to two owners, of its receiving and of its sending direction."""
        receiving, sending = self._half(_calls.SHUT_RD), self._half(_calls.SHUT_WR)
        receiving._halves = sending._halves = halves = Halves(receiving, sending)
        taken: list[int] = []
        try:
            self._hand_over(taken)
            receiving.number = sending.number = taken[0]
            receiving.nonblocking = sending.nonblocking = self.nonblocking
            # No signal handler can raise between these: see `interprocess._interface.lifetime`.
            halves.owned += taken
            receiving.owned += taken
            sending.owned += taken
            del taken[:]
        finally:
            self.give_back(taken)
        return receiving, sending

    def _half(self, shutdown_how: int) -> SocketDescriptor:
        half = SocketDescriptor(shared=self.shared)
        half.epoch = self.epoch
        half._shutdown_how = shutdown_how
        return half

    def is_other_half_of(self, other: SocketDescriptor) -> bool:
        """Return true if both are open and come from the same `split`."""
        return (
            self._halves is not None
            and self._halves is other._halves
            and self is not other
            and not self.closing
            and not other.closing
        )

    def reunite(self, other: SocketDescriptor) -> SocketDescriptor:
        """Undo `split`: give the numbers of both halves to one owner."""
        whole = self._half(_calls.SHUT_RDWR)
        whole.shared = self.shared or other.shared
        taken: list[int] = []
        same: list[int] = []
        try:
            self._hand_over(taken)
            other._hand_over(same)
            whole.number, whole.nonblocking = taken[0], self.nonblocking
            whole.owned += taken
            del taken[:], same[:]
        finally:
            self.give_back(taken)
            other.give_back(same)
        return whole

    def _release(self, taken: list[int]) -> None:
        self._forget()
        if self._halves is not None:
            self._halves.give_up(self, taken)
        elif self.mode is not None and self.mode.is_last() and self.others_have_it:
            self.mode.restore(taken[0])
        close_numbers(taken)

    def _woken_by_shutdown(self) -> bool:
        return not self.others_have_it

    def _shut_down(self, number: int) -> None:
        try:
            shut_down(number, self._shutdown_how)
        except OSError:
            pass  # The peer has already left, which woke all calls.

    def _peer(self) -> str:
        return described_peer(self.number)


class Halves:
    """The two halves of a stream that share one number."""

    __slots__ = ("_open", "owned")

    def __init__(self, *halves: SocketDescriptor) -> None:
        #: Holds the number until the last half takes it.
        self.owned: list[int] = []
        self._open = {id(half): half._shutdown_how for half in halves}

    def give_up(self, half: SocketDescriptor, taken: list[int]) -> None:
        """Empty TAKEN, which HALF is about to close, unless HALF is the last one."""
        self._open.pop(id(half), None)
        del taken[:]
        if not self._open:
            try:
                taken += map(self.owned.pop, lifetime.LAST)
            except IndexError:
                pass  # The other half was faster.


def new_socket(numbers: list[int]) -> None:
    """Create a socket that no child process inherits."""
    _calls.socket(_calls.SOCK_STREAM | _calls.SOCK_CLOEXEC, numbers)
    if not _calls.SOCK_CLOEXEC:
        os.set_inheritable(numbers[-1], False)
    never_raise_sigpipe(numbers[-1])


def new_pair(buffer_size: int | None) -> tuple[SocketDescriptor, SocketDescriptor]:
    """Create two connected sockets that no child process inherits. socketpair(2).

    BUFFER_SIZE is the size of each of their buffers; `None` is the system's default.
    """
    first, second = SocketDescriptor(), SocketDescriptor()
    pair = NewPair(_calls.socketpair, _calls.SOCK_STREAM | _calls.SOCK_CLOEXEC)
    for index, descriptor in enumerate((first, second)):
        descriptor.obtain(pair.move, index)
        if not _calls.SOCK_CLOEXEC:
            os.set_inheritable(descriptor.number, False)
        if not _calls.MSG_NOSIGNAL:
            never_raise_sigpipe(descriptor.number)
        if buffer_size is not None:
            set_buffer_sizes(descriptor.number, (buffer_size, buffer_size))
    return first, second


def never_raise_sigpipe(number: int) -> None:
    """Switch off SIGPIPE for a socket, where that takes an option. setsockopt(2)."""
    if not _calls.MSG_NOSIGNAL and _calls.SO_NOSIGPIPE:
        on = ffi.new("int *", 1)
        _calls.setsockopt(number, _calls.SOL_SOCKET, _calls.SO_NOSIGPIPE, on, ffi.sizeof("int"))


def shut_down(number: int, how: int) -> None:
    """Close one or both directions of a connection, if they are not closed already. shutdown(2).

    If the peer has left, or the direction is closed, macOS and other systems fail with ENOTCONN,
    while Linux has no error. If only one of both directions is closed, macOS fails with it and
    leaves the other one open.
    """
    try:
        _calls.shutdown(number, how)
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise
        if how == _calls.SHUT_RDWR:
            shut_down(number, _calls.SHUT_RD)
            shut_down(number, _calls.SHUT_WR)
