"""A server that clients connect to."""

from __future__ import annotations

from interprocess._interface.accepting import ClientIterator
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.options import (
    PRIVATE_MODE,
    check_bool,
    check_nonblocking_mode,
    checked_choice,
)
from interprocess._interface.timeouts import checked_timeout, deadline_after
from interprocess.os.unix import _calls
from interprocess.os.unix._files.socket_file import SocketFile, bind_abstract
from interprocess.os.unix._unix_socket.adoption import check_is_unix_stream_socket
from interprocess.os.unix._unix_socket.buffer_sizes import (
    set_buffer_sizes,
    set_buffer_sizes_of_client,
)
from interprocess.os.unix._unix_socket.descriptor import (
    SocketDescriptor,
    new_socket,
)
from interprocess.os.unix._unix_socket.listening import ListenerDescriptor
from interprocess.os.unix._unix_socket.published import tells_its_path
from interprocess.os.unix._unix_socket.same_user import admits, check_tells_user
from interprocess.os.unix.local_socket._admitted_clients import AdmittedClients
from interprocess.os.unix.local_socket._names import Name
from interprocess.os.unix.local_socket._socket_file_owner import SocketFileOwner
from interprocess.os.unix.local_socket._special_directory import make_directories
from interprocess.os.unix.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.sizes import BufferSizes
    from interprocess.os.unix.local_socket._portable import ListenerOptions


#: The number of clients that a call rejects after its deadline before it raises.
MOST_TURNED_AWAY = 100

#: A deadline that has passed: do not wait for clients.
_AT_ONCE = 0.0


class Listener(SocketFileOwner, ClientIterator[Stream]):
    """A server's end of a local socket: a listening Unix domain socket.

    Made by `ListenerOptions(…).create_sync()` or by `listen(…)`. `Listener(fd)` adopts a listening
    Unix domain stream socket; it raises `ValueError` for any other descriptor, which the caller
    then still owns. `current_user_only` is that of `ListenerOptions`: `None` rejects clients of
    other users if the name is abstract.

    The socket file of an adopted listener belongs to the program that made it, and is not removed
    by default. Use `reclaim_name=True` in a program that has got its own listener back, for example
    after exec(2). Then `close` removes the file if it is this socket's and no other process still
    has the socket open. The constructor raises `OSError` if there is no such file or no process
    listens on it, and `ValueError` for an abstract name, which has no file, and for a path longer
    than an address, which the system does not report: then `name` is of no use either.

    Iterating gives a stream for each client and ends when the listener is closed. Several threads
    may accept at once, and several processes after a fork. `name` is the name that clients connect
    to.
    """

    __module__ = "interprocess.local_socket"

    # What type checkers alone know is not for tools that read annotations in the public module.
    if TYPE_CHECKING:
        name: Name
        _descriptor: ListenerDescriptor
        _stream_buffer_sizes: BufferSizes | None
    _stream_nonblocking = False
    _stream_busy_poll = 0.0
    _stream_buffer_sizes = None
    _current_user_only = False
    _handed_over = (
        "name",
        "_stream_nonblocking",
        "_stream_busy_poll",
        "_stream_buffer_sizes",
        "_current_user_only",
        "_socket_file",
    )

    def __init__(
        self, fd: int, *, current_user_only: bool | None = None, reclaim_name: bool = False
    ) -> None:
        checked_choice("current_user_only", current_user_only)
        check_bool("reclaim_name", reclaim_name)
        check_is_unix_stream_socket(fd, listening=True)
        _, address = _calls.getsockname(fd)
        self.name = Name.of_address(address)
        self._current_user_only = turns_others_away(self.name, current_user_only)
        if reclaim_name:
            if self.name.is_abstract():
                raise ValueError(
                    f"reclaim_name=True is not for descriptor {fd}: its name, {self.name}, is"
                    " abstract and has no file"
                )
            if not tells_its_path(address):
                raise ValueError(
                    f"reclaim_name=True is not for descriptor {fd}: its path was longer than an"
                    " address, and the system does not report such a path"
                )
            self._socket_file = SocketFile.of_another_process(self.name.address)
        self._descriptor = ListenerDescriptor.adopt(fd)

    @classmethod
    def from_options(cls, options: ListenerOptions) -> Listener:
        """Return a new listener; `ListenerOptions.create_sync` says more."""
        listener = cls._owning(ListenerDescriptor())
        listener.name = _own_name(options)
        listener._stream_busy_poll = options.busy_poll
        listener._current_user_only = turns_others_away(listener.name, options.current_user_only)
        try:
            listener._descriptor.obtain(new_socket)
            if options.buffer_sizes is not None:
                listener._stream_buffer_sizes = options.buffer_sizes
                # On the BSDs, clients inherit the sizes. This also shows now whether they are too
                # large.
                set_buffer_sizes(listener._descriptor.number, options.buffer_sizes)
            listener._bind_and_listen(options)
            if not options.never_nonblocking:
                listener.set_nonblocking(options.nonblocking)
        except BaseException:
            listener.close()
            raise
        return listener

    def _bind_and_listen(self, options: ListenerOptions) -> None:
        number, address = self._descriptor.number, self.name.address
        if self.name.is_abstract():
            bind_abstract(number, address)
            return
        if self.name.special:
            make_directories(address, self.name.special)
        # Responsible for the file before it exists: an interrupt may come at any moment.
        self._socket_file = SocketFile(address)
        self._socket_file.listen(
            number,
            PRIVATE_MODE if options.mode is None else options.mode,
            options.owner,
            options.group,
            options.try_overwrite,
            options.spin_time,
        )
        self._socket_file.wanted = options.reclaim_name

    def accept(self, timeout: float | None = None) -> Stream:
        """Wait for the next client and return its stream. accept4(2), macOS accept(2).

        `timeout` is in seconds; `None` waits forever, 0 does not wait. Raises `TimeoutError` when
        it expires, `BlockingIOError` if it would have to wait in nonblocking mode, and `ValueError`
        if the listener is closed before or during the call. After an error such as `EMFILE` the
        client still waits, and the listener remains usable. Clients that `current_user_only` does
        not admit are rejected, and the next one is taken within the same timeout; see
        `Stream.peer_creds` for the system calls.
        """
        deadline = None if timeout is None else deadline_after(checked_timeout(timeout))
        nonblocking = self._stream_nonblocking
        socket_file = self._socket_file  # Another thread may give it up.
        if socket_file is not None:
            socket_file.has_accepted = True
        try:
            if self._current_user_only:
                descriptor = self._accept_same_user(deadline, nonblocking)
            else:
                descriptor = SocketDescriptor(None, nonblocking)
                self._descriptor.accept(descriptor, deadline, nonblocking)
        except ClosedError:
            # `close`, which woke this call, found the socket still open.
            self._after_closing()
            raise
        stream = Stream.__new__(Stream)
        stream._descriptor = descriptor
        if self._stream_buffer_sizes is not None:
            set_buffer_sizes_of_client(descriptor.number, self._stream_buffer_sizes)
        if self._stream_busy_poll:
            stream.set_busy_poll(self._stream_busy_poll)
        return stream

    def _wait_source(self) -> tuple[bool, Listener]:
        if self.closed:
            raise closed_error(self)
        return bool(self._admitted), self

    def _admits_one(self) -> bool:
        """Accept clients until one is admitted, and keep it; return true if there is one."""
        if not self._current_user_only or self._admitted:
            return True
        try:
            client = self._accept_same_user(_AT_ONCE, self._stream_nonblocking)
        except (TimeoutError, BlockingIOError):
            return False
        except OSError:
            return True  # `accept` will raise it.
        self._admitted = self._admitted or AdmittedClients()
        self._admitted.add(client)
        if self.closed:
            self._admitted.turn_away()
        return True

    def _accept_same_user(self, deadline: float | None, nonblocking: bool) -> SocketDescriptor:
        """Take the next client of the same user, and close the connections of those before it."""
        admitted = None if self._admitted is None else self._admitted.take()
        if admitted is not None:
            return admitted
        turned_away = 0
        while True:
            descriptor = SocketDescriptor(None, nonblocking)
            self._descriptor.accept(descriptor, deadline, nonblocking)
            if admits(descriptor.number):
                return descriptor
            descriptor.close()
            turned_away += 1
            if turned_away >= MOST_TURNED_AWAY:
                self._descriptor.check_may_wait(deadline)

    def set_nonblocking(self, mode: ListenerNonblockingMode) -> None:
        """Set which calls do not wait: `accept`, and those of the streams that it returns later."""
        check_nonblocking_mode("mode", mode)
        self._descriptor.set_nonblocking(mode.accept_nonblocking)
        self._stream_nonblocking = mode.stream_nonblocking

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def turns_others_away(name: Name, current_user_only: bool | None) -> bool:
    """Return true if clients of other users are rejected, by the option or else by the name.

    Raises `UnsupportedError` where the system does not identify users.
    """
    if current_user_only is None:
        return name.is_abstract()
    if current_user_only:
        check_tells_user()
    return current_user_only


def _own_name(options: ListenerOptions) -> Name:
    assert isinstance(options.name, Name), "every name type makes the platform's names"
    return options.name
