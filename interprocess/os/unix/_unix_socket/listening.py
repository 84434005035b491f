"""Listening sockets: their descriptors, and taking a client."""

from __future__ import annotations

import errno
import os
from time import monotonic

from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._descriptor.descriptor import poll_now
from interprocess.os.unix._descriptor.numbers import Numbers, close_numbers
from interprocess.os.unix._descriptor.polling import PollingDescriptor
from interprocess.os.unix._unix_socket.descriptor import never_raise_sigpipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor


class ListenerDescriptor(PollingDescriptor):
    """A listening socket.

    On Linux calls without a timeout wait in the kernel, as those of `SocketDescriptor` do, while
    nobody else has the socket. Everything else waits in poll(2), and for that the system's own
    nonblocking mode must be on: between poll's answer and our call another process may have taken
    the client.
    """

    __slots__ = ()

    def accept(
        self, stream: SocketDescriptor, deadline: float | None, nonblocking_stream: bool
    ) -> None:
        """Take the next client, waiting until DEADLINE, and give it to STREAM."""
        may_wait_in_kernel = deadline is None and not self.mode.nonblocking
        if may_wait_in_kernel and self._woken_by_shutdown():
            perform = self.perform
        else:
            perform = self.transfer
        stream.number = perform(accept, _calls.POLLIN, deadline, nonblocking_stream, stream.owned)

    def show(self) -> None:
        # Others who have the number may switch the mode. It stays ours all the same, for `close`:
        # that ends a wait in the kernel by shutdown(2) and no other way.
        self.mode.shown = True
        self.perform(self.mode.restore, 0, None)

    def check_may_wait(self, deadline: float | None) -> None:
        """Raise what `accept` raises when DEADLINE has passed, or in nonblocking mode."""
        if self.nonblocking:
            raise BlockingIOError(errno.EAGAIN, "no client is waiting that may be accepted")
        if deadline is not None and monotonic() >= deadline:
            raise self._timed_out(_calls.POLLIN)

    def accept_now(self, stream: SocketDescriptor) -> None:
        """Take the next client, if there is one, and give it to STREAM; for event loops."""
        try:
            stream.obtain(self.call_now, accept, True)
        except BlockingIOError:
            self._check_waiting_helps(poll_now(self.number, _calls.POLLIN))
            raise

    def _check_waiting_helps(self, ready: int) -> None:
        # Linux says so of a listener that was shut down: poll(2) would return at once, for ever.
        if ready & _calls.POLLHUP:
            raise OSError(errno.EINVAL, "the listener was shut down")

    def _timed_out(self, _event: int) -> TimeoutError:
        return TimeoutError(errno.ETIMEDOUT, "timed out waiting for a client")

    def _woken_by_shutdown(self) -> bool:
        return _kernel.SHUTDOWN_WAKES_ACCEPT and not self.others_have_it

    def _shut_down(self, number: int) -> None:
        _calls.shutdown(number, _calls.SHUT_RDWR)


def accept(number: int, nonblocking: bool, numbers: list[int]) -> int:
    """Take the next connection, as a socket that no child process inherits."""
    if _calls.SOCK_CLOEXEC:
        flags = _calls.SOCK_CLOEXEC | (_calls.SOCK_NONBLOCK if nonblocking else 0)
        return _calls.accept4(number, flags, numbers)
    if not _kernel.ACCEPT_KEEPS_CLIENTS:
        _check_descriptor_is_free(number)
    accepted = _calls.accept(number, numbers)
    os.set_inheritable(accepted, False)
    # The BSDs have an accepted socket inherit the listener's mode, Linux does not.
    os.set_blocking(accepted, not nonblocking)
    if not _kernel.NOSIGPIPE_IS_INHERITED:
        never_raise_sigpipe(accepted)
    return accepted


def _check_descriptor_is_free(number: int) -> None:
    """Raise the error of the limit before accept(2) does, where that would drop a client."""
    spare = Numbers()
    _calls.duplicate(number, spare)
    close_numbers(spare)
