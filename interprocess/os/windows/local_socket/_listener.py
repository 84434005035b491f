"""A server that clients connect to."""

from __future__ import annotations

from interprocess._interface.accepting import ClientIterator
from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe.creation import PipeCreation
from interprocess.os.windows._pipe.default_security import every_user_descriptor
from interprocess.os.windows._pipe.listener import ServerOwner
from interprocess.os.windows._pipe.making import (
    DEFAULT_BUFFER_SIZE,
    RECEIVES,
    SENDS,
    check_is_server_end,
)
from interprocess.os.windows._pipe.path import LOCAL_PREFIX
from interprocess.os.windows.local_socket._names import Name
from interprocess.os.windows.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.local_socket._portable import ListenerOptions
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor


class Listener(ServerOwner, ClientIterator[Stream]):
    """A server's end of a local socket: the instances of a named pipe that wait for clients.

    Made by `ListenerOptions(…).create_sync()` or by `listen(…)`. `Listener(handle)` adopts the
    server's handle of an instance for both directions, opened with `FILE_FLAG_OVERLAPPED`; it
    raises `ValueError` for any other handle, which the caller then still owns.

    `name` is the name that clients connect to.

    Iterating gives a stream for each client and ends when the listener is closed. Several threads
    may accept at once. Eight instances wait, so that as many clients may connect between two calls
    of `accept`; further clients wait, as on Unix for a listener with a full backlog.
    """

    __module__ = "interprocess.local_socket"

    name: Name
    _passed_as = "listener"
    _handed_over = ("name", *ServerOwner._handed_over)

    def __init__(self, handle: int) -> None:
        check_is_server_end(handle, RECEIVES | SENDS)
        name = Name(LOCAL_PREFIX + pipes.pipe_name(handle))
        self.name = name
        creation = PipeCreation(name.path, RECEIVES | SENDS)
        self._listen_on(handle, creation, ListenerNonblockingMode.NEITHER)

    @classmethod
    def from_options(cls, options: ListenerOptions) -> Listener:
        """Return a new listener; `ListenerOptions.create_sync` says more."""
        name = options.name
        assert isinstance(name, Name), "every name type makes the platform's names"
        listener = cls.__new__(cls)
        listener.name = name
        creation = PipeCreation(
            name.path,
            RECEIVES | SENDS,
            security_descriptor=_descriptor(options),
            write_dac=options.write_dac,
            output_buffer_size=_size(options.send_buffer_size),
            input_buffer_size=_size(options.recv_buffer_size),
        )
        listener._listen(creation, options.nonblocking)
        return listener

    def accept(self, timeout: float | None = None) -> Stream:
        """Wait for the next client and return its stream. ConnectNamedPipe function.

        `timeout` is in seconds; `None` waits forever, 0 does not wait. Raises `TimeoutError` when
        it expires, `BlockingIOError` if it would have to wait in nonblocking mode, and `ValueError`
        if the listener is closed before or during the call. After an error the client still waits,
        and the listener remains usable.
        """
        return Stream._owning(self._accept(timeout))

    def keep_name(self) -> None:
        """Do nothing: the name of a pipe vanishes with its last handle."""

    #: The Rust crate's name for it.
    do_not_reclaim_name_on_drop = keep_name

    def reclaim_name_on_drop(self, name: Name | None = None) -> None:
        """Set `name` if given; otherwise nothing: a pipe's name vanishes with its last handle."""
        if name is not None:
            self.name = name


def _size(size: int | None) -> int:
    return DEFAULT_BUFFER_SIZE if size is None else size


def _descriptor(options: ListenerOptions) -> BorrowedSecurityDescriptor | None:
    """Return the security descriptor; `None` for the default, the same user and administrators."""
    if options.current_user_only is False:
        return every_user_descriptor()
    return options.security_descriptor
