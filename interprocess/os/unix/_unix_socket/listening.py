"""Listening sockets: their descriptors, and accepting clients."""

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

    On Linux, calls without a timeout wait in the kernel, like those of `SocketDescriptor`, while no
    clone or other process has the socket. All other calls wait in poll(2), which requires the
    system's nonblocking mode: another process may take the client between poll's answer and our
    call.
    """

    __slots__ = ()

    def accept(
        self, stream: SocketDescriptor, deadline: float | None, nonblocking_stream: bool
    ) -> None:
        """Accept the next client, waiting until DEADLINE, and give it to STREAM."""
        may_wait_in_kernel = deadline is None and not self.mode.nonblocking
        if may_wait_in_kernel and self._woken_by_shutdown():
            perform = self.perform
        else:
            perform = self.transfer
        stream.number = perform(accept, _calls.POLLIN, deadline, nonblocking_stream, stream.owned)

    def show(self) -> None:
        # Other holders of the number may switch the mode. The socket still counts as unshared for
        # `close`, which can end a wait in the kernel only by shutdown(2).
        self.mode.shown = True
        self.perform(self.mode.restore, 0, None)

    def check_may_wait(self, deadline: float | None) -> None:
        """Raise the error of `accept` if DEADLINE has passed, or in nonblocking mode."""
        if self.nonblocking:
            raise BlockingIOError(errno.EAGAIN, "no client that may be accepted is waiting")
        if deadline is not None and monotonic() >= deadline:
            raise self._timed_out(_calls.POLLIN)

    def accept_now(self, stream: SocketDescriptor) -> None:
        """Accept the next client, if there is one, and give it to STREAM; for event loops."""
        try:
            stream.obtain(self.call_now, accept, True)
        except BlockingIOError:
            self._check_waiting_helps(poll_now(self.number, _calls.POLLIN))
            raise

    def _check_waiting_helps(self, ready: int) -> None:
        # Linux reports this for a listener that was shut down: poll(2) would always return at once.
        if ready & _calls.POLLHUP:
            raise OSError(errno.EINVAL, "the listener was shut down")

    def _timed_out(self, _event: int) -> TimeoutError:
        return TimeoutError(errno.ETIMEDOUT, "timed out waiting for a client")

    def _woken_by_shutdown(self) -> bool:
        return _kernel.SHUTDOWN_WAKES_ACCEPT and not self.others_have_it

    def _shut_down(self, number: int) -> None:
        _calls.shutdown(number, _calls.SHUT_RDWR)


def accept(number: int, nonblocking: bool, numbers: list[int]) -> int:
    """Accept the next connection, as a close-on-exec socket."""
    if _calls.SOCK_CLOEXEC:
        flags = _calls.SOCK_CLOEXEC | (_calls.SOCK_NONBLOCK if nonblocking else 0)
        return _calls.accept4(number, flags, numbers)
    if not _kernel.ACCEPT_KEEPS_CLIENTS:
        _check_descriptor_is_free(number)
    accepted = _calls.accept(number, numbers)
    os.set_inheritable(accepted, False)
    # On the BSDs an accepted socket inherits the listener's mode, on Linux it does not.
    os.set_blocking(accepted, not nonblocking)
    if not _kernel.NOSIGPIPE_IS_INHERITED:
        never_raise_sigpipe(accepted)
    return accepted


def _check_descriptor_is_free(number: int) -> None:
    """Raise the error of the descriptor limit before accept(2), which would drop a client."""
    spare = Numbers()
    _calls.duplicate(number, spare)
    close_numbers(spare)
