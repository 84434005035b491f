"""An asynchronous connection, and its two halves, for any runtime."""

from __future__ import annotations

import os
from functools import partial
from typing import Generic, TypeVar

from interprocess._interface.argument_types import check_halves, check_type
from interprocess._interface.async_owner import AsyncConnecting
from interprocess._interface.halves import handed_back, handed_on, handed_out
from interprocess._interface.octets import octets
from interprocess._interface.shutdown import Shutdown
from interprocess.errors import ReuniteError
from interprocess.os.unix import _calls, _kernel
from interprocess.os.unix._async_descriptor.owners import AsyncReceiver, AsyncSender
from interprocess.os.unix._descriptor.sigpipe import guarded
from interprocess.os.unix._unix_socket import rights
from interprocess.os.unix._unix_socket.adoption import check_is_unix_stream_socket
from interprocess.os.unix._unix_socket.buffer_sizes import recv_buffer_size, send_buffer_size
from interprocess.os.unix._unix_socket.descriptor import (
    SENDS_RAISE_NO_SIGPIPE,
    SocketDescriptor,
    new_pair,
    shut_down,
)
from interprocess.os.unix._unix_socket.peer_creds import peer_creds
from interprocess.os.unix.local_socket import _stream
from interprocess.os.unix.local_socket._async_connect import connect
from interprocess.os.unix.local_socket._owners import SocketOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from interprocess._interface.byte_stream import Buffer, WritableBuffer
    from interprocess._interface.options import ConnectWaitMode
    from interprocess._interface.peer_creds import PeerCreds
    from interprocess._interface.sizes import BufferSizes
    from interprocess.os.unix._unix_socket.rights import FdLike
    from interprocess.os.unix.local_socket._names import Name

    StreamType = TypeVar("StreamType", bound="AsyncStream[Any, Any]")

RecvHalfType = TypeVar("RecvHalfType", bound="AsyncRecvHalf")
SendHalfType = TypeVar("SendHalfType", bound="AsyncSendHalf")


def _in_nonblocking_mode(call: Callable[..., int]) -> Callable[..., int]:
    """Return a function that calls CALL, whose first argument is a descriptor, without waiting."""

    def call_in_nonblocking_mode(number: int, *arguments: object) -> int:
        if os.get_blocking(number):
            os.set_blocking(number, False)
        return call(number, *arguments)

    return call_in_nonblocking_mode


_receiving: list[Callable[..., int]] = [_calls.recv, _calls.recvmsg, rights.receive_arriving]
_sending: list[Callable[..., int]] = [_calls.send, _calls.sendmsg, _calls.send_message]
if not SENDS_RAISE_NO_SIGPIPE:
    _sending = [*map(guarded, _sending)]

# In addition to the open file's nonblocking mode, which a clone or another process may switch off,
# each call has a flag. Where the flag is missing or ignored, each call checks the mode.
if not _kernel.RECEIVE_HONOURS_DONTWAIT:
    _receiving = [*map(_in_nonblocking_mode, _receiving)]
if not _kernel.SEND_HONOURS_DONTWAIT:
    _sending = [*map(_in_nonblocking_mode, _sending)]

_recv, _recvmsg, _recv_arriving = _receiving
_send, _sendmsg, _send_message = _sending

#: True if CPython's own socket type makes the same calls.
_RECEIVES_DIRECTLY = _kernel.RECEIVE_HONOURS_DONTWAIT
_SENDS_DIRECTLY = SENDS_RAISE_NO_SIGPIPE and _kernel.SEND_HONOURS_DONTWAIT

_RECV_FLAGS = _calls.MSG_DONTWAIT
_SEND_FLAGS = _calls.MSG_DONTWAIT | _calls.MSG_NOSIGNAL
_SEND_FLAGS_ONCE = (_SEND_FLAGS,)


def _recv_through_cffi(number: int, size: int, flags: int) -> bytes:
    memory = _calls.new_buffer(size)
    return _calls.contents(memory, _recv(number, memory, size, flags))


def _send_through_cffi(number: int, data: Buffer, flags: int) -> int:
    if type(data) is bytes:  # Bytes are passed to C as they are.
        return _send(number, data, len(data), flags)
    with _calls.memory(data) as memory:
        return _send(number, memory, len(memory), flags)


class AsyncSocketReceiver(SocketOwner, AsyncReceiver):
    """Receiving from a socket. recv(2), recvmsg(2)."""

    _descriptor: SocketDescriptor
    _recv_flags = _RECV_FLAGS

    def _start(self) -> None:
        super()._start()
        descriptor = self._descriptor
        direct = descriptor.open_direct() if _RECEIVES_DIRECTLY else None
        self._recv_now = (
            partial(_recv_through_cffi, descriptor.number) if direct is None else direct.recv
        )

    def _recv_into_now(self, buffers: Sequence[WritableBuffer]) -> int:
        with _calls.Vector(buffers, writable=True) as vector:
            number = self._descriptor.number
            return _recvmsg(number, vector.entries, vector.count, _RECV_FLAGS)

    async def recv_fds(self, size: int, max_fds: int) -> tuple[bytes, list[int]]:
        arriving = rights.Arriving(size, max_fds)
        try:
            data = await self._receive_with_fds(arriving, size)
            numbers = arriving.numbers(data)
        except BaseException:
            arriving.close()
            raise
        arriving.message.msg_controllen = 0  # The caller owns them now.
        return data, numbers

    recv_fds.__doc__ = _stream.FdReceiver.recv_fds.__doc__

    def _recv_fds_now(self, size: int, max_fds: int) -> tuple[bytes, list[int]]:
        """Do what `recv_fds` does, but raise `BlockingIOError` rather than wait."""
        arriving = rights.Arriving(size, max_fds)
        try:
            data = self._receive_arriving(arriving)
            numbers = arriving.numbers(data)
        except BaseException:
            arriving.close()
            raise
        arriving.message.msg_controllen = 0  # They are the caller's.
        return data, numbers

    async def _receive_with_fds(self, arriving: rights.Arriving, size: int) -> bytes:
        if self._kept:
            kept: bytes = await self._at_once(self._take_bytes, size)
            return kept
        return await self._reading.perform(self._receive_arriving, arriving)

    def _receive_arriving(self, arriving: rights.Arriving) -> bytes:
        return arriving.data(_recv_arriving(self._descriptor.number, arriving, _RECV_FLAGS))


class AsyncSocketSender(SocketOwner, AsyncSender):
    """Sending to a socket. send(2), sendmsg(2)."""

    _descriptor: SocketDescriptor

    #: Sends with flags, without waiting.
    _send_with_flags: Callable[[Buffer, int], int]

    def _start(self) -> None:
        super()._start()
        descriptor = self._descriptor
        direct = descriptor.open_direct() if _SENDS_DIRECTLY else None
        self._send_with_flags = (
            partial(_send_through_cffi, descriptor.number) if direct is None else direct.send
        )

    async def send_all(self, data: Buffer, /) -> None:
        sent = 0
        allowance = self._writing.allowance
        if allowance.calls:
            allowance.calls -= 1
            may_call = True
        else:
            may_call = self._writing.may_call()
        if may_call and self._cut_short is None:
            # Mostly there is room for all of it: one call, no further coroutine.
            try:
                # No plain call: the number sent must be known before a signal handler can raise.
                [sent] = map(self._send_with_flags, (data,), _SEND_FLAGS_ONCE)
                if sent == (len(data) if type(data) is bytes else len(octets(data))):
                    return
            except BlockingIOError:
                pass
            except BaseException as error:
                self._note_exception(error, sent, data)
                raise
        await self._send_from(data, sent)

    send_all.__doc__ = AsyncSender.send_all.__doc__

    def _send_now(self, data: Buffer) -> int:
        return self._send_with_flags(data, _SEND_FLAGS)

    def _send_vectored_now(self, buffers: Sequence[Buffer]) -> int:
        with _calls.Vector(buffers, writable=False) as vector:
            number = self._descriptor.number
            return _sendmsg(number, vector.entries, vector.count, _SEND_FLAGS)

    async def send_fds(self, data: Buffer, fds: Iterable[FdLike]) -> int:
        with rights.Departing(data, fds) as departing:
            return await self._send_with_fds(departing)

    send_fds.__doc__ = _stream.FdSender.send_fds.__doc__

    async def _send_with_fds(self, departing: rights.Departing) -> int:
        return await self._writing.perform(self._checked, self._send_departing, departing)

    def _send_departing(self, departing: rights.Departing) -> int:
        return _send_message(self._descriptor.number, departing.message, _SEND_FLAGS)

    def _stop_sending(self) -> None:
        try:
            self._shut_down(Shutdown.SEND)
        except (OSError, ValueError):
            pass  # The peer has left, or we have closed the stream, which signals the end too.

    def _shut_down(self, how: Shutdown) -> None:
        self._descriptor.perform(shut_down, 0, None, int(how))


class AsyncRecvHalf(AsyncSocketReceiver):
    """The receiving half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are.
    """


class AsyncSendHalf(AsyncSocketSender):
    """The sending half of a `Stream`, made by `Stream.split`.

    The connection is closed when both halves are. Call `shutdown` to signal the end of the stream
    while still receiving.
    """

    def shutdown(self) -> None:
        """Signal the end of the stream to the peer. shutdown(2)."""
        self._shut_down(Shutdown.SEND)


class AsyncStream(
    AsyncSocketReceiver, AsyncSocketSender, AsyncConnecting, Generic[RecvHalfType, SendHalfType]
):
    """A connection over a Unix domain socket: a byte stream in each direction.

    `Stream(fd)` adopts a connected Unix domain stream socket. It raises `ValueError` for any other
    descriptor, which the caller then still owns.

    One task may receive while another sends.
    """

    _descriptor: SocketDescriptor
    _passed_as = "stream"
    _recv_half_type: type[RecvHalfType]
    _send_half_type: type[SendHalfType]

    def __init__(self, fd: int) -> None:
        check_is_unix_stream_socket(fd, listening=False)
        self._descriptor = SocketDescriptor.adopt(fd)
        self._start()

    @classmethod
    def pair(
        cls: type[StreamType], buffer_size: int | None = None
    ) -> tuple[StreamType, StreamType]:
        """Return two streams that are connected to each other. socketpair(2)."""
        first, second = new_pair(buffer_size)
        return cls._owning(first), cls._owning(second)

    @classmethod
    async def _connect_once(
        cls: type[StreamType],
        name: Name,
        wait_mode: ConnectWaitMode,
        current_user_only: bool | None,
        buffer_sizes: BufferSizes | None,
    ) -> StreamType:
        return cls._owning(
            await connect(cls._runtime, name, wait_mode, current_user_only, buffer_sizes)
        )

    @classmethod
    def from_sync(cls: type[StreamType], stream: _stream.Stream) -> StreamType:
        """Return the asynchronous stream for a synchronous one, which gives up its descriptor."""
        check_type("from_sync", stream, _stream.Stream)
        return handed_on(stream, cls._owning(stream._descriptor.successor()))

    def to_sync(self) -> _stream.Stream:
        """Return the synchronous stream for this one, which gives up its descriptor.

        Raises `ValueError` as `detach` does.
        """
        return handed_on(self, _stream.Stream._owning(self._give_up()))

    def shutdown(self, how: Shutdown | int = Shutdown.BOTH) -> None:
        """Close one or both directions of the connection, for all of its holders. shutdown(2).

        HOW is a `Shutdown` or one of `socket.SHUT_RD`, `SHUT_WR`, `SHUT_RDWR`. The descriptor stays
        open.
        """
        self._shut_down(Shutdown(how))

    @property
    def send_buffer_size(self) -> int:
        return self._descriptor.perform(send_buffer_size, 0, None)

    send_buffer_size.__doc__ = _stream.Stream.send_buffer_size.__doc__

    @property
    def recv_buffer_size(self) -> int:
        return self._descriptor.perform(recv_buffer_size, 0, None)

    recv_buffer_size.__doc__ = _stream.Stream.recv_buffer_size.__doc__

    def peer_creds(self) -> PeerCreds:
        """Return the peer's credentials, as far as the system reports them.

        They date from when the peer connected or listened. Raises `UnsupportedError` where the
        system reports nothing.
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

    def try_clone(self: StreamType) -> StreamType:
        """Return another stream for the same connection, which is closed when both are. fcntl(2).

        Bytes that a cancelled call gave back stay with this stream.
        """
        return self._owning(self._descriptor.clone())

    def split(self) -> tuple[RecvHalfType, SendHalfType]:
        """Hand the connection over to two halves.

        Raises `ValueError` after `close()`, and while another task is inside a call.
        """
        self._check_idle()
        self._stop_waiting()
        receiving, sending = self._descriptor.split()
        recv_half = self._recv_half_type._owning(receiving)
        return handed_out(self, recv_half, self._send_half_type._owning(sending))

    @classmethod
    def reunite(
        cls: type[StreamType], recv_half: AsyncRecvHalf, send_half: AsyncSendHalf
    ) -> StreamType:
        """Make one stream from its two halves.

        Raises `ReuniteError`, which gives both halves back, if they are not halves of one stream or
        one of them is closed, and `ValueError` while another task is inside a call.
        """
        check_halves(recv_half, send_half, cls._recv_half_type, cls._send_half_type)
        if not recv_half._descriptor.is_other_half_of(send_half._descriptor):
            raise ReuniteError(recv_half, send_half)
        recv_half._check_idle()
        send_half._check_idle()
        recv_half._stop_waiting()
        send_half._stop_waiting()
        stream = cls._owning(recv_half._descriptor.reunite(send_half._descriptor))
        return handed_back(recv_half, send_half, stream)
