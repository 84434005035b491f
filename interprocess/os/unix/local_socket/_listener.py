"""A server that clients connect to."""

from __future__ import annotations

from interprocess._interface.accepting import next_client
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.options import PRIVATE_MODE, check_nonblocking_mode
from interprocess._interface.timeouts import checked_timeout, deadline_after
from interprocess.os.unix import _calls
from interprocess.os.unix._adoption import check_is_unix_stream_socket
from interprocess.os.unix._socket import (
    ListenerDescriptor,
    SocketDescriptor,
    new_socket,
)
from interprocess.os.unix._socket_file import SocketFile, bind_abstract
from interprocess.os.unix._special_directory import make_directories
from interprocess.os.unix.local_socket._names import Name
from interprocess.os.unix.local_socket._socket_file_owner import SocketFileOwner
from interprocess.os.unix.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.options import ListenerOptionsBase


class Listener(SocketFileOwner):
    """A server's end of a local socket: a listening Unix domain socket.

    Made by `ListenerOptions(…).create_sync()` or by `listen(…)`. `Listener(fd)` adopts a listening
    Unix domain stream socket, and leaves its file, if it has one, to whoever made it
    (`reclaim_name_on_drop` takes it over); it raises `ValueError` for any other descriptor, which
    then stays the caller's.

    Iterating gives a stream for each client and ends when the listener is closed. Several threads
    may accept at once, and several processes after a fork. `name` is the name that clients connect
    to.
    """

    __module__ = "interprocess.local_socket"

    name: Name
    _descriptor: ListenerDescriptor
    _stream_nonblocking = False
    _stream_busy_poll = 0.0
    _handed_over = ("name", "_stream_nonblocking", "_stream_busy_poll", "_socket_file")

    def __init__(self, fd: int) -> None:
        check_is_unix_stream_socket(fd, listening=True)
        _, address = _calls.getsockname(fd)
        self.name = Name.of_address(address)
        self._descriptor = ListenerDescriptor.adopt(fd)

    @classmethod
    def from_options(cls, options: ListenerOptionsBase) -> Listener:
        """Return a new listener; `ListenerOptions.create_sync` says more."""
        listener = cls._owning(ListenerDescriptor())
        listener.name = _own_name(options)
        listener._stream_busy_poll = getattr(options, "busy_poll", 0.0)
        try:
            listener._descriptor.obtain(new_socket)
            listener._bind_and_listen(options)
            if not options.never_nonblocking:
                listener.set_nonblocking(options.nonblocking)
        except BaseException:
            listener.close()
            raise
        return listener

    def _bind_and_listen(self, options: ListenerOptionsBase) -> None:
        number, address = self._descriptor.number, self.name.address
        if self.name.is_abstract():
            bind_abstract(number, address)
            return
        if self.name.special:
            make_directories(address, self.name.special)
        mode = getattr(options, "mode", None)
        # Ours to remove before it is there: an interrupt may come at any moment.
        self._socket_file = SocketFile(address)
        self._socket_file.listen(
            number,
            PRIVATE_MODE if mode is None else mode,
            options.try_overwrite,
            options.spin_time,
        )
        self._socket_file.wanted = options.reclaim_name

    def accept(self, timeout: float | None = None) -> Stream:
        """Wait for the next client and return its stream. accept4(2), macOS accept(2).

        `timeout` is in seconds; `None` waits for ever, 0 does not wait. Raises `TimeoutError` when
        it expires, `BlockingIOError` in nonblocking mode and `ValueError` if the listener is
        closed, also meanwhile. After an error such as `EMFILE` the client waits on, and the
        listener works on.
        """
        deadline = None if timeout is None else deadline_after(checked_timeout(timeout))
        nonblocking = self._stream_nonblocking
        if self._socket_file is not None:
            self._socket_file.has_accepted = True
        descriptor = SocketDescriptor(None, nonblocking)
        try:
            self._descriptor.accept(descriptor, deadline, nonblocking)
        except ClosedError:
            # The closing that woke this call found the socket still open.
            self._after_closing()
            raise
        stream = Stream.__new__(Stream)
        stream._descriptor = descriptor
        if self._stream_busy_poll:
            stream.set_busy_poll(self._stream_busy_poll)
        return stream

    def incoming(self) -> Iterator[Stream]:
        """Return an iterator over the streams of clients, as iterating the listener does."""
        return iter(self)

    def __iter__(self) -> Iterator[Stream]:
        return self

    def __next__(self) -> Stream:
        return next_client(self)

    def set_nonblocking(self, mode: ListenerNonblockingMode) -> None:
        """Say which calls do not wait: `accept`, those of the streams it returns from now on."""
        check_nonblocking_mode("mode", mode)
        self._descriptor.set_nonblocking(mode.accept_nonblocking)
        self._stream_nonblocking = mode.stream_nonblocking

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _own_name(options: ListenerOptionsBase) -> Name:
    assert isinstance(options.name, Name), "every name type makes the platform's names"
    return options.name
