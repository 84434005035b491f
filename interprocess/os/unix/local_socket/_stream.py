"""A connection, and its two halves."""

from __future__ import annotations

import os

from interprocess._interface.argument_types import check_halves
from interprocess._interface.byte_stream import DuplexStream, OneWayReceiver, OneWaySender
from interprocess._interface.halves import handed_back, handed_out
from interprocess._interface.timeouts import deadline_after
from interprocess.errors import ReuniteError
from interprocess.os.unix import _calls
from interprocess.os.unix._unix_socket.adoption import check_is_unix_stream_socket
from interprocess.os.unix._unix_socket.buffer_sizes import (
    recv_buffer_size,
    send_buffer_size,
    set_buffer_sizes,
)
from interprocess.os.unix._unix_socket.connect import connect
from interprocess.os.unix._unix_socket.descriptor import (
    SocketDescriptor,
    new_pair,
    shut_down,
)
from interprocess.os.unix._unix_socket.peer_creds import peer_creds
from interprocess.os.unix._unix_socket.same_user import check_server
from interprocess.os.unix.local_socket._names import server_address
from interprocess.os.unix.local_socket._transfer import SocketReceiver, SocketSender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from interprocess._interface.byte_stream import Buffer
    from interprocess._interface.options import ConnectWaitMode
    from interprocess._interface.peer_creds import PeerCreds
    from interprocess._interface.shutdown import Shutdown
    from interprocess._interface.sizes import BufferSizes
    from interprocess.os.unix._unix_socket.rights import FdLike
    from interprocess.os.unix.local_socket._names import Name


class FdReceiver(SocketReceiver):
    """Receiving bytes and descriptors."""

    __slots__ = ()

    def recv_fds(self, size: int, max_fds: int) -> tuple[bytes, list[int]]:
        """Receive at least one and at most SIZE bytes, and the descriptors sent along with them.

        recvmsg(2), SCM_RIGHTS. The caller owns the descriptors, at most `max_fds`, and has to close
        them; they are close-on-exec. They arrive with the first byte that was sent by the same
        call. `(b"", [])` is the end of the stream. All other receiving methods close descriptors
        that arrive.

        Raises `TimeoutError` and `BlockingIOError` as `recv` does. Raises `OSError` with `EMSGSIZE`
        if more than `max_fds` arrived, and with `EMFILE` if this process cannot open that many. All
        of them are closed then, and the bytes are in the exception's attribute `partial`.
        """
        from interprocess.os.unix._unix_socket import rights

        arriving = rights.Arriving(size, max_fds)
        try:
            deadline = deadline_after(self._recv_timeout)
            data = rights.receive(self._descriptor, arriving, deadline)
            numbers = arriving.numbers(data)
        except BaseException:
            arriving.close()
            raise
        arriving.message.msg_controllen = 0  # The caller owns them now.
        return data, numbers


class FdSender(SocketSender):
    """Sending bytes and descriptors."""

    __slots__ = ()

    def send_fds(self, data: Buffer, fds: Iterable[FdLike]) -> int:
        """Send at least one byte of DATA and all descriptors, and return the number of bytes.

        sendmsg(2), SCM_RIGHTS. The descriptors, numbers or objects that have a `fileno()`, go with
        the first byte: send the rest of DATA with `send_all`. The peer gets duplicates, and the
        sender's stay open. The peer has to receive that byte with `recv_fds` or with recvmsg(2), or
        the descriptors are closed.

        Raises `ValueError` if DATA is empty, for more than 253 descriptors, and for an object of
        this library that is closed or in use by another thread. Otherwise as `send`.
        """
        from interprocess.os.unix._unix_socket import rights

        with rights.Departing(data, fds) as departing:
            return rights.send(self._descriptor, departing, deadline_after(self._send_timeout))


class RecvHalf(FdReceiver, OneWayReceiver):
    """The receiving half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ("_descriptor",)


class SendHalf(FdSender, OneWaySender):
    """The sending half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are. Call `shutdown` to signal the end of the stream
    while still receiving.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ("_descriptor",)

    def shutdown(self) -> None:
        """Signal the end of the stream to the peer. shutdown(2)."""
        self._descriptor.perform(shut_down, 0, None, _calls.SHUT_WR)


class Stream(FdReceiver, FdSender, DuplexStream):
    """A connection over a Unix domain socket: a byte stream in each direction.

    `Stream(fd)` adopts a connected Unix domain stream socket. It raises `ValueError` for any other
    descriptor, which the caller then still owns.

    One thread may receive while another sends and a third closes.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ("_descriptor",)

    _passed_as = "stream"

    def __init__(self, fd: int) -> None:
        check_is_unix_stream_socket(fd, listening=False)
        self._descriptor = SocketDescriptor.adopt(fd)

    @classmethod
    def _connect(
        cls,
        name: Name,
        wait_mode: ConnectWaitMode,
        nonblocking_stream: bool,
        current_user_only: bool | None,
        wait_for_server: bool,
        buffer_sizes: BufferSizes | None,
    ) -> Stream:
        """Implement `ConnectOptions.connect_sync`, with checked options."""
        if wait_for_server:
            from interprocess._interface.waiting_for_server import connect_when_there

            return connect_when_there(
                cls._connect,
                name,
                wait_mode,
                nonblocking_stream,
                current_user_only,
                buffer_sizes,
            )
        descriptor = SocketDescriptor()
        try:
            descriptor.create()
            if buffer_sizes is not None:
                set_buffer_sizes(descriptor.number, buffer_sizes)
            address, current_user_only = server_address(name, current_user_only)
            connect(descriptor.number, address, wait_mode)
            if current_user_only:
                check_server(descriptor.number)
            if nonblocking_stream:
                descriptor.set_nonblocking(True)
        except OSError as error:
            descriptor.close()
            raise type(error)(error.errno, error.strerror, str(name)) from None
        except BaseException:
            descriptor.close()
            raise
        return cls._owning(descriptor)

    @classmethod
    def pair(cls, buffer_size: int | None = None) -> tuple[Stream, Stream]:
        """Return two streams that are connected to each other. socketpair(2)."""
        first, second = new_pair(buffer_size)
        return cls._owning(first), cls._owning(second)

    def shutdown(self, how: Shutdown | int = _calls.SHUT_RDWR) -> None:
        """Close one or both directions of the connection, for all of its holders. shutdown(2).

        HOW is a `Shutdown` or one of `socket.SHUT_RD`, `SHUT_WR`, `SHUT_RDWR`. The descriptor stays
        open.
        """
        # Not `Shutdown(how)`, which would have to be imported: a process that has dropped its
        # privileges or its access to the file system can no longer import.
        if how not in (_calls.SHUT_RD, _calls.SHUT_WR, _calls.SHUT_RDWR):
            raise ValueError(f"{how!r} is not a valid Shutdown")
        self._descriptor.perform(shut_down, 0, None, int(how))

    def _end(self) -> None:
        self.shutdown()

    @property
    def send_buffer_size(self) -> int:
        """The number of bytes that the system buffers for sending. getsockopt(2), SO_SNDBUF.

        Linux returns twice the requested size, since it includes its own overhead.
        """
        return self._descriptor.perform(send_buffer_size, 0, None)

    @property
    def recv_buffer_size(self) -> int:
        """The number of bytes that the system buffers for receiving. getsockopt(2), SO_RCVBUF.

        Linux uses only the sender's size.
        """
        return self._descriptor.perform(recv_buffer_size, 0, None)

    def peer_creds(self) -> PeerCreds:
        """Return the peer's credentials, as far as the system reports them.

        They date from when the peer connected or listened, even if another process has its socket
        now. Raises `UnsupportedError` where the system reports nothing.
        """
        return self._descriptor.perform(peer_creds, 0, None)

    def take_error(self) -> OSError | None:
        """Return the socket's pending error and clear it; `None` if there is none.

        getsockopt(2), SO_ERROR.
        """
        number = self._descriptor.perform(
            _calls.getsockopt_int, 0, None, _calls.SOL_SOCKET, _calls.SO_ERROR
        )
        return OSError(number, os.strerror(number)) if number else None

    def try_clone(self) -> Stream:
        """Return another stream for the same connection, which is closed when both are. fcntl(2).

        The clone has no timeouts and inherits the blocking mode. Both streams wait in poll(2) from
        now on, so that closing one wakes only its own calls. A call that is already waiting in
        another thread is not woken by closing: it ends when the next data arrives.
        """
        return self._owning(self._descriptor.clone())

    def split(self) -> tuple[RecvHalf, SendHalf]:
        """Hand the connection over to two halves, which inherit the timeouts.

        Raises `ValueError` after `close()`, and while another thread is inside a call.
        """
        self._check_open()
        receiving, sending = self._descriptor.split()
        return handed_out(self, RecvHalf._owning(receiving), SendHalf._owning(sending))

    @classmethod
    def reunite(cls, recv_half: RecvHalf, send_half: SendHalf) -> Stream:
        """Make one stream from its two halves, with their timeouts.

        Raises `ReuniteError`, which gives both halves back, if they are not halves of one stream or
        one of them is closed, and `ValueError` while another thread is inside a call.
        """
        check_halves(recv_half, send_half, RecvHalf, SendHalf)
        if not recv_half._descriptor.is_other_half_of(send_half._descriptor):
            raise ReuniteError(recv_half, send_half)
        stream = cls._owning(recv_half._descriptor.reunite(send_half._descriptor))
        return handed_back(recv_half, send_half, stream)
