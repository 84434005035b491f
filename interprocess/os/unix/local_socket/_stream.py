"""A connection, and its two halves."""

from __future__ import annotations

import os

from interprocess._interface.byte_stream import (
    ByteReceiver,
    ByteSender,
    DuplexStream,
    OneWayReceiver,
    OneWaySender,
)
from interprocess._interface.shutdown import Shutdown
from interprocess._interface.timeouts import deadline_after
from interprocess.errors import ReuniteError
from interprocess.os.unix import _calls, _descriptor
from interprocess.os.unix._busy_poll import checked_busy_poll, may_poll, poll_and_receive
from interprocess.os.unix._descriptor import ClosedDescriptorError
from interprocess.os.unix._ends import StreamEnd
from interprocess.os.unix._peer_creds import peer_creds
from interprocess.os.unix._socket import (
    SocketDescriptor,
    check_is_unix_stream_socket,
    connect,
    new_client,
    new_pair,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Buffer, WritableBuffer
    from interprocess._interface.options import ConnectWaitMode
    from interprocess._interface.peer_creds import PeerCreds
    from interprocess.os.unix.local_socket._names import Name


_MSG_NOSIGNAL = _calls.MSG_NOSIGNAL


class SocketReceiver(StreamEnd, ByteReceiver):
    """Receiving from a socket. recv(2), recvmsg(2)."""

    __slots__ = ()

    _descriptor: SocketDescriptor
    _busy_poll = 0.0

    def set_busy_poll(self, seconds: float) -> None:
        """Have a receive poll for at most so many seconds before it sleeps; 0, the default: not.

        With both ends on cores of their own this spares the waking of a thread, which is most of
        the time that a round trip takes; a few dozen microseconds (`5e-5`) do. It keeps a core busy
        while it lasts, and gives way now and then. A process that may run on one core only, now or
        when it is about to sleep, polls only if its peer may not run there and the system says so.
        Timeouts, nonblocking mode, Ctrl-C and `close()` work as ever.

        Raises `TypeError` or `ValueError` for what is no time.
        """
        checked = checked_busy_poll(seconds)
        self._busy_poll = checked if self._descriptor.perform(may_poll, 0, None) else 0.0

    # The busiest calls, each in one frame, which is `Descriptor.perform` written out: a call of a
    # Python function takes a tenth of the time that the system call takes.

    def recv_into(self, buffer: WritableBuffer, /) -> int:
        """Receive at least one byte into BUFFER and return how many; 0 is the end of the stream.

        recv(2). Waits until there is something. Raises `TimeoutError` when the receive timeout
        expires and `BlockingIOError` in nonblocking mode.
        """
        descriptor = self._descriptor
        direct = descriptor.direct or descriptor.open_direct()
        if self._busy_poll:
            timeout = self._recv_timeout
            deadline = None if timeout is None else deadline_after(timeout)
            count = poll_and_receive(descriptor, buffer, self._busy_poll, deadline)
            if count >= 0:
                return count
            # About to sleep: a good time to see whether there are other cores still.
            if not descriptor.perform(may_poll, 0, None):
                self._busy_poll = 0.0
            return self._receive(buffer, deadline)
        if direct is None or self._recv_timeout is not None:
            return self._receive(buffer, deadline_after(self._recv_timeout))
        uses = descriptor.uses
        uses.append(_descriptor.generation)
        try:
            if not descriptor.closing:
                count = direct.recv_into(buffer)
                if count or not descriptor.closing:
                    return count
            raise ClosedDescriptorError
        except OSError as error:
            if descriptor.closing:
                raise ClosedDescriptorError from None
            if not isinstance(error, BlockingIOError):
                raise
        finally:
            uses.pop()
            if descriptor.closing:
                descriptor.leave()
        # In nonblocking mode, ours or that of somebody who shares the socket.
        return self._receive(buffer, None)

    def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream. recv(2).

        Otherwise as `recv_into`.
        """
        descriptor = self._descriptor
        direct = descriptor.direct or descriptor.open_direct()
        if direct is None or self._recv_timeout is not None or self._busy_poll:
            return self._receive_bytes(size)
        uses = descriptor.uses
        uses.append(_descriptor.generation)
        try:
            if not descriptor.closing:
                data = direct.recv(size)
                if data or not descriptor.closing:
                    return data
            raise ClosedDescriptorError
        except OSError as error:
            if descriptor.closing:
                raise ClosedDescriptorError from None
            if not isinstance(error, BlockingIOError):
                raise
        finally:
            uses.pop()
            if descriptor.closing:
                descriptor.leave()
        return self._receive_bytes(size)

    def _receive_bytes(self, size: int) -> bytes:
        if self._busy_poll and size:
            buffer = bytearray(size)
            return bytes(buffer[: self.recv_into(buffer)])
        memory = _calls.new_buffer(size)
        count = self._receive_into_memory(memory, size, deadline_after(self._recv_timeout))
        return _calls.contents(memory, count)

    def _receive(self, buffer: WritableBuffer, deadline: float | None) -> int:
        with _calls.writable_memory(buffer) as memory:
            return self._receive_into_memory(memory, len(memory), deadline)

    def _receive_into_memory(self, memory: CData, size: int, deadline: float | None) -> int:
        if not size:
            return self._receive_nothing()
        descriptor = self._descriptor
        return descriptor.perform(
            _calls.recv, _calls.POLLIN, deadline, memory, size, descriptor.flags(deadline)
        )

    def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`.

        recvmsg(2). One call fills at most 1,024 buffers.
        """
        deadline = deadline_after(self._recv_timeout)
        descriptor = self._descriptor
        flags = descriptor.flags(deadline)
        with _calls.Vector(buffers, writable=True) as vector:
            if not vector.size:
                return self._receive_nothing()
            return descriptor.perform(
                _calls.recvmsg, _calls.POLLIN, deadline, vector.entries, vector.count, flags
            )


class SocketSender(StreamEnd, ByteSender):
    """Sending to a socket, without SIGPIPE. send(2), sendmsg(2)."""

    __slots__ = ()

    _descriptor: SocketDescriptor

    def send(self, data: Buffer, /) -> int:
        """Send at least one byte of DATA and return how many; `send_all` sends the whole.

        send(2). Waits until there is room. Raises `TimeoutError` when the send timeout expires,
        `BlockingIOError` in nonblocking mode and `BrokenPipeError` if nobody can receive any more.
        """
        # In one frame, as `recv_into`.
        descriptor = self._descriptor
        direct = descriptor.direct or descriptor.open_direct()
        if direct is None or self._send_timeout is not None:
            return self._send(data, deadline_after(self._send_timeout))
        uses = descriptor.uses
        uses.append(_descriptor.generation)
        try:
            if not descriptor.closing:
                return direct.send(data, _MSG_NOSIGNAL)
            raise ClosedDescriptorError
        except OSError as error:
            if descriptor.closing:
                raise ClosedDescriptorError from None
            if not isinstance(error, BlockingIOError):
                raise
        finally:
            uses.pop()
            if descriptor.closing:
                descriptor.leave()
        return self._send(data, None)

    def send_all(self, data: Buffer, /) -> None:
        descriptor = self._descriptor
        direct = descriptor.direct or descriptor.open_direct()
        if direct is None or self._send_timeout is not None or type(data) is not bytes:
            return super().send_all(data)
        sent = 0
        uses = descriptor.uses
        uses.append(_descriptor.generation)
        try:
            if descriptor.closing:
                raise ClosedDescriptorError
            sent = direct.send(data, _MSG_NOSIGNAL)
            if sent == len(data):
                return None
        except OSError as error:
            if descriptor.closing:
                raise ClosedDescriptorError from None
            if not isinstance(error, BlockingIOError):
                error.characters_written = 0  # type: ignore[attr-defined]  # any OSError has it
                raise
        finally:
            uses.pop()
            if descriptor.closing:
                descriptor.leave()
        return self._send_from(data, sent)

    send_all.__doc__ = ByteSender.send_all.__doc__

    def _send(self, data: Buffer, deadline: float | None) -> int:
        if type(data) is bytes:  # Bytes go to C as they are.
            return self._send_memory(data, len(data), deadline)
        with _calls.memory(data) as memory:
            return self._send_memory(memory, len(memory), deadline)

    def _send_memory(self, memory: CData | bytes, size: int, deadline: float | None) -> int:
        descriptor = self._descriptor
        flags = _calls.MSG_NOSIGNAL | descriptor.flags(deadline)
        return descriptor.perform(_calls.send, _calls.POLLOUT, deadline, memory, size, flags)

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers, in their order, as one; otherwise as `send`.

        sendmsg(2). One call takes at most 1,024 buffers.
        """
        deadline = deadline_after(self._send_timeout)
        descriptor = self._descriptor
        flags = _calls.MSG_NOSIGNAL | descriptor.flags(deadline)
        with _calls.Vector(buffers, writable=False) as vector:
            return descriptor.perform(
                _calls.sendmsg, _calls.POLLOUT, deadline, vector.entries, vector.count, flags
            )


class RecvHalf(SocketReceiver, OneWayReceiver):
    """The receiving half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are.
    """

    __slots__ = ("_descriptor",)


class SendHalf(SocketSender, OneWaySender):
    """The sending half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are. To tell the peer that no more will come while
    still receiving from it, call `shutdown`.
    """

    __slots__ = ("_descriptor",)

    def shutdown(self) -> None:
        """Tell the peer that no more will come after what was sent. shutdown(2)."""
        self._descriptor.perform(_calls.shutdown, 0, None, _calls.SHUT_WR)


class Stream(SocketReceiver, SocketSender, DuplexStream):
    """A connection over a Unix domain socket: a byte stream in each direction.

    `Stream(fd)` adopts a connected Unix domain stream socket. It raises `ValueError` for any other
    descriptor, which then stays the caller's.

    One thread may receive while another sends and a third closes.
    """

    __slots__ = ("_descriptor",)

    def __init__(self, fd: int) -> None:
        check_is_unix_stream_socket(fd, listening=False)
        self._descriptor = SocketDescriptor(fd, nonblocking=not os.get_blocking(fd))

    @classmethod
    def connect(
        cls, name: Name, wait_mode: ConnectWaitMode, nonblocking_stream: bool = False
    ) -> Stream:
        """Do what `ConnectOptions.connect_sync` says, with options that were checked."""
        descriptor = new_client()
        try:
            connect(descriptor.number, name.address, wait_mode)
            if nonblocking_stream:
                descriptor.set_nonblocking(True)
        except OSError as error:
            descriptor.close()
            raise type(error)(error.errno, error.strerror, str(name)) from None
        except BaseException:
            descriptor.close()
            raise
        stream = cls.__new__(cls)
        stream._descriptor = descriptor
        return stream

    @classmethod
    def pair(cls) -> tuple[Stream, Stream]:
        """Return two streams that are connected with each other. socketpair(2)."""
        first, second = new_pair()
        return cls._owning(SocketDescriptor(first)), cls._owning(SocketDescriptor(second))

    def shutdown(self, how: Shutdown | int = Shutdown.BOTH) -> None:
        """Close one direction of the connection or both, for all who share it. shutdown(2).

        HOW is a `Shutdown` or one of `socket.SHUT_RD`, `SHUT_WR`, `SHUT_RDWR`. The descriptor stays
        open.
        """
        self._descriptor.perform(_calls.shutdown, 0, None, int(Shutdown(how)))

    def peer_creds(self) -> PeerCreds:
        """Return who is at the other end, as far as the system tells.

        As of the time when the peer connected or listened: a process that got its socket from
        another is not told from that one. Raises `UnsupportedError` where the system tells nothing.
        """
        return self._descriptor.perform(peer_creds, 0, None)

    def take_error(self) -> OSError | None:
        """Return the error that the socket has pending, and clear it; `None` if there is none.

        getsockopt(2), SO_ERROR.
        """
        number = self._descriptor.perform(
            _calls.getsockopt_int, 0, None, _calls.SOL_SOCKET, _calls.SO_ERROR
        )
        return OSError(number, os.strerror(number)) if number else None

    def try_clone(self) -> Stream:
        """Return another stream for the same connection, which is closed when both are. fcntl(2).

        The clone has no timeouts and the mode of this one. Both streams wait in poll(2) from now
        on, so that closing one wakes its own calls and leaves the other's alone.
        """
        descriptor = self._descriptor
        clone = SocketDescriptor(descriptor.duplicate(), descriptor.nonblocking)
        clone.share()
        descriptor.share()
        return self._owning(clone)

    def split(self) -> tuple[RecvHalf, SendHalf]:
        """Give the connection up to two halves, which take over the timeouts.

        Raises `ValueError` after `close()`, and while another thread is inside a call.
        """
        self._check_open()
        receiving, sending = self._descriptor.split()
        recv_half, send_half = RecvHalf._owning(receiving), SendHalf._owning(sending)
        recv_half._recv_timeout = self._recv_timeout
        send_half._send_timeout = self._send_timeout
        recv_half._busy_poll = self._busy_poll
        return recv_half, send_half

    @classmethod
    def reunite(cls, recv_half: RecvHalf, send_half: SendHalf) -> Stream:
        """Make one stream again of the halves of one, which give it their timeouts.

        Raises `ReuniteError`, which gives both halves back, if they are not halves of one stream or
        one of them is closed, and `ValueError` while another thread is inside a call.
        """
        if not recv_half._descriptor.is_other_half_of(send_half._descriptor):
            raise ReuniteError(recv_half, send_half)
        stream = cls._owning(recv_half._descriptor.reunite(send_half._descriptor))
        stream._recv_timeout = recv_half._recv_timeout
        stream._send_timeout = send_half._send_timeout
        stream._busy_poll = recv_half._busy_poll
        return stream
