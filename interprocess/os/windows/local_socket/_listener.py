"""A server that clients connect to."""

from __future__ import annotations

import errno
import warnings

from interprocess._interface.byte_stream import closed_error
from interprocess._interface.options import ListenerNonblockingMode
from interprocess._interface.timeouts import checked_timeout, deadline_after
from interprocess.os.windows import _calls, _pipe_calls
from interprocess.os.windows._handle import ClosedHandleError
from interprocess.os.windows._named_pipe import (
    RECEIVES,
    SENDS,
    UNLIMITED_INSTANCES,
    check_is_server_end,
    create_instance,
)
from interprocess.os.windows._pipe_path import LOCAL_PREFIX
from interprocess.os.windows._pipe_handle import PipeHandle
from interprocess.os.windows._pipe_server import PipeServer
from interprocess.os.windows.local_socket._names import Name
from interprocess.os.windows.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from interprocess.os.windows.local_socket._portable import ListenerOptions
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor


class Listener:
    """A server's end of a local socket: the instances of a named pipe that wait for clients.

    Made by `ListenerOptions(…).create_sync()` or by `listen(…)`. `Listener(handle)` adopts the handle of an
    instance that its server has, in both directions and with `FILE_FLAG_OVERLAPPED`; it raises
    `ValueError` for any other handle, which then stays the caller's.

    `name` is the name that clients connect to.

    Iterating gives a stream for each client and ends when the listener is closed. Several threads may
    accept at once. Eight instances wait, so that as many clients may come between two calls of `accept`; those
    that come too soon after them wait, as they do on Unix for a listener whose backlog is full.
    """

    name: Name
    _server: PipeServer
    _accept_nonblocking = False
    _stream_nonblocking = False

    def __init__(self, handle: int) -> None:
        check_is_server_end(handle, RECEIVES | SENDS)
        name = Name(LOCAL_PREFIX + _pipe_calls.pipe_name(handle))
        self._listen(name, None, handle)

    @classmethod
    def from_options(cls, options: ListenerOptions) -> Listener:
        """Return a new listener; `ListenerOptions.create_sync` says more."""
        name = options.name
        assert isinstance(name, Name), "every name type makes the platform's names"
        listener = cls.__new__(cls)
        try:
            listener._listen(name, getattr(options, "security_descriptor", None), 0)
        except OSError as error:
            raise _name_taken(error, name.path) or error from None
        listener.set_nonblocking(options.nonblocking)
        return listener

    def _listen(
        self, name: Name, security_descriptor: BorrowedSecurityDescriptor | None, adopted: int
    ) -> None:
        def create(first: bool) -> int:
            return create_instance(
                name.path, RECEIVES | SENDS, first=first, security_descriptor=security_descriptor
            )

        self.name = name
        self._server = PipeServer(name.path, create, UNLIMITED_INSTANCES, adopted)

    def accept(self, timeout: float | None = None) -> Stream:
        """Wait for the next client and return its stream. ConnectNamedPipe function.

        `timeout` is in seconds; `None` waits for ever, 0 does not wait. Raises `TimeoutError` when it
        expires, `BlockingIOError` in nonblocking mode and `ValueError` if the listener is closed, also
        meanwhile. After an error the client waits on, and the listener works on.
        """
        deadline = deadline_after(checked_timeout(timeout))
        nonblocking = self._stream_nonblocking
        handle = self._server.accept(deadline, self._accept_nonblocking)
        return Stream._owning(PipeHandle(handle, nonblocking))

    def incoming(self) -> Iterator[Stream]:
        """Return an iterator over the streams of clients, as iterating the listener does."""
        return iter(self)

    def __iter__(self) -> Iterator[Stream]:
        return self

    def __next__(self) -> Stream:
        try:
            return self.accept()
        except ClosedHandleError:
            raise StopIteration from None

    def set_nonblocking(self, mode: ListenerNonblockingMode) -> None:
        """Say which calls do not wait: `accept`, those of streams accepted from now on, both, neither."""
        if not isinstance(mode, ListenerNonblockingMode):
            raise TypeError(f"mode must be a ListenerNonblockingMode, not {mode!r}")
        if self.closed:
            raise ClosedHandleError
        self._accept_nonblocking = mode.accept_nonblocking
        self._stream_nonblocking = mode.stream_nonblocking

    def do_not_reclaim_name_on_drop(self) -> None:
        """Do nothing: the name of a pipe is gone with its last handle."""

    @property
    def closed(self) -> bool:
        """Whether the listener gave its handles up."""
        return self._server.closing

    @property
    def handle(self) -> int:
        """The `HANDLE` of the instance that gets the next client, as a number. It stays ours."""
        if self.closed:
            raise closed_error(self)
        return self._server.handle

    def close(self) -> None:
        """Close the listener; closing again does nothing. CloseHandle function.

        Calls of other threads that are waiting raise `ValueError`. Clients that have not been accepted are
        turned away.
        """
        self._server.close()

    def detach(self) -> int:
        """Give up the `HANDLE` of one instance to the caller, and close the others.

        Raises `ValueError` after `close()`, and while another thread is inside a call.
        """
        if self.closed:
            raise closed_error(self)
        return self._server.detach()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"path={self._server.path!r}"
        return f"<{type(self).__name__} {state}>"

    def __del__(self) -> None:
        # A constructor that raised has left no server.
        server = getattr(self, "_server", None)
        if server is not None and not server.closing:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
            self.close()


def _name_taken(error: OSError, path: str) -> OSError | None:
    """Return a better error if ERROR came up because somebody listens on PATH; else `None`.

    FILE_FLAG_FIRST_PIPE_INSTANCE says no more than 'access denied' then.
    """
    if _calls.error_number(error) not in (_calls.ERROR_ACCESS_DENIED, _calls.ERROR_PIPE_BUSY):
        return None
    try:
        _pipe_calls.wait_named_pipe(path, 1)
    except OSError as answer:
        if _calls.error_number(answer) == _calls.ERROR_FILE_NOT_FOUND:
            return None
    return OSError(errno.EADDRINUSE, "another listener has this name", path)
