"""A server that clients of a named pipe connect to."""

from __future__ import annotations

from time import monotonic

from interprocess._interface.accepting import ClientIterator
from interprocess._interface.timeouts import checked_timeout, remaining
from interprocess.os.windows._pipe import making
from interprocess.os.windows._pipe.creation import PipeCreation
from interprocess.os.windows._pipe.listener import ServerOwner
from interprocess.os.windows._pipe.state import has_left, has_messages
from interprocess.os.windows.named_pipe._enumerations import PipeMode
from interprocess.os.windows.named_pipe._stream import PipeStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.named_pipe._options import PipeListenerOptions


class PipeListener(ServerOwner, ClientIterator[PipeStream]):
    """A server's end of a named pipe: the instances that wait for clients.

    Made by `PipeListenerOptions(…).create(…)` and its variants; `from_handle_and_options` adopts
    one. Its streams receive in `recv_mode` and send in `send_mode`.

    Iterating gives a stream for each client and ends when the listener is closed. Several threads
    may accept at once. Up to eight instances wait, and there is always at least one, so that no
    client is refused between two calls of `accept`; only at the instance limit do clients wait.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    options: PipeListenerOptions
    recv_mode: PipeMode | None
    send_mode: PipeMode | None
    _handed_over = ("options", "recv_mode", "send_mode", *ServerOwner._handed_over)

    @classmethod
    def from_options(
        cls,
        options: PipeListenerOptions,
        recv_mode: PipeMode | None,
        send_mode: PipeMode | None,
    ) -> PipeListener:
        """Return a new listener; `PipeListenerOptions.create` says more."""
        listener = cls._for(options, recv_mode, send_mode)
        creation = _creation(options, recv_mode, send_mode)
        listener._listen(creation, options.nonblocking)
        return listener

    @classmethod
    def from_handle_and_options(
        cls,
        handle: int,
        options: PipeListenerOptions,
        recv_mode: PipeMode | None,
        send_mode: PipeMode | None,
    ) -> PipeListener:
        """Adopt the server's HANDLE of an instance, and make further instances with OPTIONS.

        Raises `ValueError` for a handle of another kind, one that was not opened with
        `FILE_FLAG_OVERLAPPED`, or one that does not match the options; the caller then still owns
        it.
        """
        directions = options.direction(recv_mode, send_mode).value
        making.check_is_server_end(handle, directions)
        if has_messages(handle) not in (None, options.mode is PipeMode.MESSAGES):
            raise ValueError(f"handle {handle:#x} cannot be adopted: its pipe has another mode")
        if recv_mode is not None:
            making.set_read_mode(handle, messages=recv_mode is PipeMode.MESSAGES)
        listener = cls._for(options, recv_mode, send_mode)
        creation = _creation(options, recv_mode, send_mode)
        listener._listen_on(handle, creation, options.nonblocking)
        return listener

    @classmethod
    def _for(
        cls,
        options: PipeListenerOptions,
        recv_mode: PipeMode | None,
        send_mode: PipeMode | None,
    ) -> PipeListener:
        listener = cls.__new__(cls)
        listener.options = options
        listener.recv_mode = recv_mode
        listener.send_mode = send_mode
        return listener

    def accept(self, timeout: float | None = None) -> PipeStream:
        """Wait for the next client and return its stream. ConnectNamedPipe function.

        Skips clients that have already left without leaving data to receive.

        `timeout` is in seconds; `None` waits forever, 0 does not wait. Raises `TimeoutError` when
        it expires, `BlockingIOError` if it would have to wait in nonblocking mode, `ValueError` if
        the listener is closed before or during the call, and `OSError` if all instances that the
        limit allows are in use.
        """
        timeout = checked_timeout(timeout)
        deadline = None if timeout is None else monotonic() + timeout
        while True:
            handle = self._accept(remaining(deadline))
            if not handle.perform(has_left, handle.origin):
                return PipeStream._in_modes(handle, self.recv_mode, self.send_mode)
            handle.close()


def _creation(
    options: PipeListenerOptions, recv_mode: PipeMode | None, send_mode: PipeMode | None
) -> PipeCreation:
    """Return the `PipeCreation` for the options."""
    return PipeCreation(
        options.path,
        options.direction(recv_mode, send_mode).value,
        instance_limit=options.instance_limit or making.UNLIMITED_INSTANCES,
        security_descriptor=options.security_descriptor,
        write_dac=options.write_dac,
        messages=options.mode is PipeMode.MESSAGES,
        receives_messages=recv_mode is PipeMode.MESSAGES,
        write_through=options.write_through,
        accept_remote=options.accept_remote,
        input_buffer_size=options.input_buffer_size_hint,
        output_buffer_size=options.output_buffer_size_hint,
        default_wait_milliseconds=options.wait_timeout.milliseconds,
        inheritable=options.inheritable,
    )
