"""Receiving from a socket and sending to it: what streams and their halves share."""

from __future__ import annotations

from interprocess._interface import lifetime
from interprocess._interface.byte_stream import MOST_AT_ONCE, ByteReceiver, ByteSender
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.octets import checked_size
from interprocess._interface.timeouts import checked_busy_poll, deadline_after
from interprocess._interface.whole import PIECE
from interprocess.errors import IncompleteReadError
from interprocess.os.unix import _calls
from interprocess.os.unix._descriptor.owners import StreamEnd
from interprocess.os.unix._unix_socket.busy_poll import may_poll, poll_and_receive
from interprocess.os.unix._unix_socket.descriptor import HAS_FAST_SOCKETS, SENDS_RAISE_NO_SIGPIPE
from interprocess.os.unix.local_socket._owners import SocketOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Buffer, Noted, WritableBuffer
    from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor


_MSG_NOSIGNAL = _calls.MSG_NOSIGNAL
#: For `map(send, (data,), _FLAGS)`.
_FLAGS = (_MSG_NOSIGNAL,)


class SocketReceiver(SocketOwner, StreamEnd, ByteReceiver):
    """Receiving from a socket. recv(2), recvmsg(2)."""

    __slots__ = ()

    _descriptor: SocketDescriptor
    _busy_poll = 0.0
    _receiving_state = (*ByteReceiver._receiving_state, "_busy_poll")

    def set_busy_poll(self, seconds: float) -> None:
        """Poll for up to SECONDS before a receive sleeps; 0 (the default) disables polling.

        If both ends run on separate cores, this saves waking a thread, which takes most of the time
        of a round trip; a few dozen microseconds (`5e-5`) suffice. Polling keeps a core busy, and
        yields it now and then. If the process is restricted to a single core, it polls only if the
        system shows that the peer cannot run there. Timeouts, nonblocking mode, Ctrl-C and
        `close()` work as usual.

        Raises `TypeError` or `ValueError` for an invalid time.
        """
        checked = checked_busy_poll(seconds)
        self._busy_poll = checked if self._descriptor.perform(may_poll, 0, None) else 0.0
        self._descriptor.direct_receiver = None

    def _set_recv_timeout(self, timeout: float | None) -> None:
        super()._set_recv_timeout(timeout)
        self._descriptor.direct_receiver = None

    def _may_receive_directly(self) -> bool:
        return (
            self._recv_timeout is None
            and not self._busy_poll
            and not self._descriptor.others_have_it
        )

    def _receives_directly(self) -> bool:
        """Let CPython's socket receive from now on, if waiting in the kernel is enough."""
        if not HAS_FAST_SOCKETS or not self._may_receive_directly():
            return False
        descriptor = self._descriptor
        descriptor.direct_receiver = descriptor.open_direct()
        if not self._may_receive_directly():  # Another thread may just have changed that.
            descriptor.direct_receiver = None
        return descriptor.direct_receiver is not None

    # The busiest calls are each in one frame, with `Descriptor.perform` inlined: calling a Python
    # function takes a tenth of the time of the system call.

    def recv_into(self, buffer: WritableBuffer, /) -> int:
        """Receive at least one byte into BUFFER and return how many; 0 is the end of the stream.

        recv(2). Waits until there is data. Raises `TimeoutError` when the receive timeout expires,
        and `BlockingIOError` if it would have to wait in nonblocking mode.
        """
        descriptor = self._descriptor
        direct = descriptor.direct_receiver
        if direct is None or descriptor.epoch is not lifetime.epoch:
            if not self._busy_poll:
                return self._recv_into(buffer)
            timeout = self._recv_timeout
            deadline = None if timeout is None else deadline_after(timeout)
            count = poll_and_receive(descriptor, buffer, self._busy_poll, deadline)
            return self._receive_asleep(buffer, deadline) if count < 0 else count
        uses = descriptor.uses
        uses.append(lifetime.generation)
        try:
            if not descriptor.closing:
                count = direct.recv_into(buffer)
                if count or not descriptor.closing:
                    return count
            raise ClosedError
        except OSError as error:
            if descriptor.closing:
                raise ClosedError from None
            if not isinstance(error, BlockingIOError):
                raise
        finally:
            uses.pop()
            if descriptor.closing:
                descriptor.settle()
        # In nonblocking mode, set by us or by another holder of the socket.
        return self._receive(buffer, None)

    def _recv_into(self, buffer: WritableBuffer) -> int:
        if self._receives_directly():
            return self.recv_into(buffer)
        return self._receive(buffer, deadline_after(self._recv_timeout))

    def _receive_polling(self, buffer: WritableBuffer, deadline: float | None, noted: Noted) -> int:
        """Receive, polling first if that is wanted."""
        if not self._busy_poll:
            return self._receive(buffer, deadline, noted)
        count = poll_and_receive(self._descriptor, buffer, self._busy_poll, deadline, noted)
        return self._receive_asleep(buffer, deadline, noted) if count < 0 else count

    def _receive_asleep(
        self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()
    ) -> int:
        """Receive by waiting, after polling in vain."""
        # A good time to check whether there still are other cores.
        if not self._descriptor.perform(may_poll, 0, None):
            self._busy_poll = 0.0
        return self._receive(buffer, deadline, noted)

    def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream. recv(2).

        Otherwise like `recv_into`.
        """
        descriptor = self._descriptor
        direct = descriptor.direct_receiver
        if direct is None or descriptor.epoch is not lifetime.epoch:
            return self.recv(size) if self._receives_directly() else self._receive_bytes(size)
        uses = descriptor.uses
        uses.append(lifetime.generation)
        try:
            if not descriptor.closing:
                data = direct.recv(size)
                if data or not descriptor.closing:
                    return data
            raise ClosedError
        except OSError as error:
            if descriptor.closing:
                raise ClosedError from None
            if not isinstance(error, BlockingIOError):
                raise
        except (MemoryError, OverflowError):
            pass  # That much memory is not needed.
        finally:
            uses.pop()
            if descriptor.closing:
                descriptor.settle()
        return self._receive_bytes(size)

    def recv_exactly(self, size: int, /) -> bytes:
        descriptor = self._descriptor
        direct = descriptor.direct_receiver
        if type(size) is not int or not 0 < size <= PIECE:
            return super().recv_exactly(size)
        if direct is None or descriptor.epoch is not lifetime.epoch:
            if self._receives_directly():
                return self.recv_exactly(size)
            return super().recv_exactly(size)
        begun = b""
        uses = descriptor.uses
        uses.append(lifetime.generation)
        try:
            try:
                if descriptor.closing:
                    raise ClosedError
                # No plain call: the data must be stored before a signal handler can raise.
                [begun] = map(direct.recv, (size,))
            finally:
                uses.pop()
                if descriptor.closing:
                    descriptor.settle()
            if len(begun) == size:
                return begun
            if not begun:
                raise ClosedError if descriptor.closing else IncompleteReadError(b"", size)
        except BaseException as error:
            if descriptor.closing and isinstance(error, OSError):
                raise ClosedError from None
            if begun or not isinstance(error, BlockingIOError):
                error.partial = begun  # type: ignore[attr-defined]  # documented
                raise
        try:
            return self._receive_rest(begun, size, None)
        except BaseException as error:
            if not hasattr(error, "partial"):  # A handler has raised at the start of a function.
                error.partial = begun  # type: ignore[attr-defined]  # documented
            raise

    recv_exactly.__doc__ = ByteReceiver.recv_exactly.__doc__

    def _receive_bytes(self, size: int) -> bytes:
        size = min(checked_size(size), MOST_AT_ONCE)
        if self._busy_poll and size:
            buffer = bytearray(size)
            return bytes(buffer[: self.recv_into(buffer)])
        memory = _calls.new_buffer(size)
        count = self._receive_into_memory(memory, size, deadline_after(self._recv_timeout))
        return _calls.contents(memory, count)

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        with _calls.writable_memory(buffer) as memory:
            return self._receive_into_memory(memory, len(memory), deadline, noted)

    def _receive_into_memory(
        self, memory: CData, size: int, deadline: float | None, noted: Noted = ()
    ) -> int:
        if not size:
            return self._receive_nothing()
        descriptor = self._descriptor
        flags = descriptor.flags(deadline)
        return descriptor.receive(_calls.recv, _calls.POLLIN, deadline, memory, size, flags, noted)

    def _receive_noting(self, buffer: WritableBuffer, noted: list[int]) -> int:
        descriptor = self._descriptor
        if self._busy_poll:
            return self._receive_polling(buffer, deadline_after(self._recv_timeout), noted)
        direct = descriptor.direct_receiver
        if direct is None or descriptor.epoch is not lifetime.epoch:
            if self._receives_directly():
                return self._receive_noting(buffer, noted)
            return super()._receive_noting(buffer, noted)
        uses = descriptor.uses
        uses.append(lifetime.generation)
        try:
            if not descriptor.closing:
                noted += map(direct.recv_into, (buffer,))
                if noted[-1] or not descriptor.closing:
                    return noted[-1]
            raise ClosedError
        except OSError as error:
            if descriptor.closing:
                raise ClosedError from None
            if not isinstance(error, BlockingIOError):
                raise
        finally:
            uses.pop()
            if descriptor.closing:
                descriptor.settle()
        return self._receive(buffer, None, noted)

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
            return descriptor.receive(
                _calls.recvmsg, _calls.POLLIN, deadline, vector.entries, vector.count, flags
            )


class SocketSender(SocketOwner, StreamEnd, ByteSender):
    """Sending to a socket, without SIGPIPE. send(2), sendmsg(2)."""

    __slots__ = ()

    _descriptor: SocketDescriptor

    def _set_send_timeout(self, timeout: float | None) -> None:
        super()._set_send_timeout(timeout)
        self._descriptor.direct_sender = None

    def _may_send_directly(self) -> bool:
        return self._send_timeout is None and not self._descriptor.others_have_it

    def _sends_directly(self) -> bool:
        """Let CPython's socket send from now on, if waiting in the kernel is enough."""
        fast = HAS_FAST_SOCKETS and SENDS_RAISE_NO_SIGPIPE
        if not fast or not self._may_send_directly():
            return False
        descriptor = self._descriptor
        descriptor.direct_sender = descriptor.open_direct()
        if not self._may_send_directly():  # Another thread may just have changed that.
            descriptor.direct_sender = None
        return descriptor.direct_sender is not None

    def send(self, data: Buffer, /) -> int:
        """Send at least one byte of DATA and return the number sent; `send_all` sends all of it.

        send(2). Waits until there is room. Raises `TimeoutError` when the send timeout expires,
        `BlockingIOError` if it would have to wait in nonblocking mode, and `BrokenPipeError` if no
        receiver is left.
        """
        # In one frame, as `recv_into`.
        descriptor = self._descriptor
        direct = descriptor.direct_sender
        if direct is None or descriptor.epoch is not lifetime.epoch:
            if self._sends_directly():
                return self.send(data)
            return self._send(data, deadline_after(self._send_timeout))
        uses = descriptor.uses
        uses.append(lifetime.generation)
        try:
            if not descriptor.closing:
                return direct.send(data, _MSG_NOSIGNAL)
            raise ClosedError
        except OSError as error:
            if descriptor.closing:
                raise ClosedError from None
            if not isinstance(error, BlockingIOError):
                raise
        finally:
            uses.pop()
            if descriptor.closing:
                descriptor.settle()
        return self._send(data, None)

    def send_all(self, data: Buffer, /) -> None:
        descriptor = self._descriptor
        direct = descriptor.direct_sender
        if direct is None or descriptor.epoch is not lifetime.epoch or type(data) is not bytes:
            if type(data) is bytes and self._sends_directly():
                return self.send_all(data)
            return super().send_all(data)
        sent = 0
        uses = descriptor.uses
        try:
            uses.append(lifetime.generation)
            try:
                if descriptor.closing:
                    raise ClosedError
                # No plain call: the number sent must be known before a signal handler can raise.
                [sent] = map(direct.send, (data,), _FLAGS)
            finally:
                uses.pop()
                if descriptor.closing:
                    descriptor.settle()
            if sent == len(data):
                return None
        except BaseException as error:
            if descriptor.closing and isinstance(error, OSError):
                raise ClosedError from None
            if sent or not isinstance(error, BlockingIOError):
                error.characters_written = sent  # type: ignore[attr-defined]  # documented
                raise
        try:
            return self._send_from(data, sent)
        except BaseException as error:
            if not hasattr(error, "characters_written"):  # As in `recv_exactly`.
                error.characters_written = sent  # type: ignore[attr-defined]  # documented
            raise

    send_all.__doc__ = ByteSender.send_all.__doc__

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        if type(data) is bytes:  # Bytes are passed to C as they are.
            return self._send_memory(data, len(data), deadline, noted)
        with _calls.memory(data) as memory:
            return self._send_memory(memory, len(memory), deadline, noted)

    def _send_memory(
        self, memory: CData | bytes, size: int, deadline: float | None, noted: Noted
    ) -> int:
        descriptor = self._descriptor
        flags = _calls.MSG_NOSIGNAL | descriptor.flags(deadline)
        return descriptor.send(_calls.send, _calls.POLLOUT, deadline, memory, size, flags, noted)

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers in order, as if they were one; otherwise as `send`.

        sendmsg(2). One call takes at most 1,024 buffers.
        """
        deadline = deadline_after(self._send_timeout)
        descriptor = self._descriptor
        flags = _calls.MSG_NOSIGNAL | descriptor.flags(deadline)
        with _calls.Vector(buffers, writable=False) as vector:
            return descriptor.send(
                _calls.sendmsg, _calls.POLLOUT, deadline, vector.entries, vector.count, flags
            )
