"""The verbs of byte streams, on top of the few that a backend implements.

A backend's receiving end derives from `ByteReceiver` and implements `recv_into`, `recv_vectored`
and `_receive`; a sending end derives from `ByteSender` and implements `send`, `send_vectored` and
`_send`. Both are `io.RawIOBase`, so that the standard library's buffered and text files, `shutil`
and `selectors` work on them.
"""

from __future__ import annotations

import io

from interprocess._interface.makefile import make_file
from interprocess._interface.octets import checked_size, octets
from interprocess._interface.stream_file import StreamFiles
from interprocess._interface.timeouts import checked_timeout, deadline_after
from interprocess._interface.whole import read_all, receive_exactly, write_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import IO, Any, NoReturn, TypeVar, Union

    Self = TypeVar("Self", bound="ByteStream")

    Buffer = Union[bytes, bytearray, memoryview]
    WritableBuffer = Union[bytearray, memoryview]
    #: A list to which the result of a transfer is appended at once, or an empty tuple.
    Noted = Any


#: The most that one call receives: more than any system buffers for a reader by default.
MOST_AT_ONCE = 1 << 20


class ByteStream(io.RawIOBase):
    """The base of both ends."""

    __slots__ = ()

    #: The files that keep the connection open, once the stream has had any.
    _files: StreamFiles | None = None

    def makefile(
        self,
        mode: str = "r",
        buffering: int = -1,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Return a buffered or text file over the stream, which keeps the connection open.

        Closing the file leaves the stream open. Closing the stream while files are open keeps the
        connection open until the last file is closed; only then are calls in progress in other
        threads woken. After `detach`, `split` or `reunite`, calls on the files raise `ValueError`.

        `mode` is "r", "w" or "rw", with "b" for bytes; `buffering` is the size of each buffer in
        bytes, -1 for the default and 0 for none, which only bytes can do. The other arguments are
        those of `open`. Raises `io.UnsupportedOperation` for a direction that the stream does not
        have.

        The stream's timeouts and blocking mode apply to its files too. A file remains usable after
        an error, a timeout or an interrupt. If a read was cut short, the next read begins with the
        data that had arrived. If a write was cut short, the exception's attribute
        `characters_written` is the number of bytes or characters that the file has taken, that is
        sent or kept for later calls.

        On Unix, a peer that closes its end with unread data resets the connection: a read that
        reaches this point raises `ConnectionResetError` once, and the next read returns the data
        that arrived before, up to the end of the stream. On Windows, a read only sees the end of
        the stream.
        """
        return make_file(self, mode, buffering, encoding, errors, newline)

    def __iter__(self) -> NoReturn:
        """Refuse: lines would be received byte by byte. Iterate over `makefile("rb")` instead."""
        raise TypeError(f"{self!r} has no buffer to find lines in: iterate over its makefile('rb')")

    def _files_over_it(self) -> StreamFiles:
        """Return the object that keeps the connection open."""
        return self.__dict__.setdefault("_files", StreamFiles())  # type: ignore[no-any-return]  # one

    def _heir(self: Self) -> Self:
        """Return another owner of this object's resource; `_forsake` completes the transfer."""
        raise NotImplementedError

    def _forsake(self) -> None:
        """Give up ownership to the heir, as if this object were closed."""
        raise NotImplementedError

    def _number(self) -> int:
        """Return the descriptor or handle."""
        raise NotImplementedError

    def _wait_source(self) -> tuple[bool, Any]:
        """Return whether data is buffered, and the object that supplies more, for `wait`."""
        if not self.readable():
            raise io.UnsupportedOperation(f"{self!r} cannot be received from")
        return False, self

    def _check_open(self) -> None:
        if self.closed:
            raise closed_error(self)


class ByteReceiver(ByteStream):
    """The receiving end of a byte stream."""

    __slots__ = ()

    _recv_timeout: float | None = None
    #: The attributes that a receiving half takes over.
    _receiving_state: tuple[str, ...] = ("_recv_timeout", "_incoming_object")
    #: The message that a call of `recv_object` has begun to receive.
    _incoming_object: Any = None

    def _set_recv_timeout(self, timeout: float | None) -> None:
        self._recv_timeout = timeout

    def recv_into(self, buffer: WritableBuffer, /) -> int:
        """Receive at least one byte into BUFFER and return how many; 0 is the end of the stream.

        Waits until there is data. Raises `TimeoutError` when the receive timeout expires, and
        `BlockingIOError` if it would have to wait in nonblocking mode.
        """
        timeout = self._recv_timeout
        return self._receive(buffer, None if timeout is None else deadline_after(timeout))

    def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`."""
        raise NotImplementedError

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        """Receive until DEADLINE, otherwise as `recv_into`.

        The result is appended to the list NOTED before a signal handler can raise. A sender may
        note several numbers, one for each part that it sent.
        """
        raise NotImplementedError

    def _receive_noting(self, buffer: WritableBuffer, noted: list[int]) -> int:
        """Receive as `recv_into`, and note the result as `_receive` does."""
        return self._receive(buffer, deadline_after(self._recv_timeout), noted)

    def _receive_nothing(self) -> int:
        """Receive zero bytes into an empty buffer, at once; a system call might wait."""
        self._check_open()
        return 0

    def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream.

        Otherwise like `recv_into`.
        """
        buffer = bytearray(min(checked_size(size), MOST_AT_ONCE))
        del buffer[self.recv_into(buffer) :]
        return bytes(buffer)

    def recv_exactly(self, size: int, /) -> bytes:
        """Receive exactly SIZE bytes.

        The receive timeout covers the whole call. Raises `IncompleteReadError` (an `EOFError`) if
        the stream ends first. Every exception has the bytes that had arrived in its attribute
        `partial`. Memory grows with the data that has arrived, not with SIZE.
        """
        return self._receive_rest(b"", checked_size(size), deadline_after(self._recv_timeout))

    def _receive_rest(self, begun: bytes, size: int, deadline: float | None) -> bytes:
        """Return BEGUN and the bytes that follow it, SIZE in all, as `recv_exactly` does."""
        return receive_exactly(self._receive, begun, size, deadline)

    def readinto(self, buffer: Any, /) -> int | None:
        """Receive as `io.RawIOBase` does: `None` if nonblocking and there is no data."""
        try:
            return self.recv_into(buffer)
        except BlockingIOError:
            return None

    def readall(self) -> bytes | None:  # type: ignore[override]  # as `io` does, contrary to its types
        """Receive until the end of the stream; if nonblocking, the available data, or `None`.

        The receive timeout applies to each system call. Every exception has the bytes that had
        arrived in its attribute `partial`.
        """
        return read_all(self._receive_noting)

    def readable(self) -> bool:
        """Return `True`, or raise `ValueError` after `close()`."""
        self._check_open()
        return True


class ByteSender(ByteStream):
    """The sending end of a byte stream."""

    __slots__ = ()

    _send_timeout: float | None = None
    #: The attributes that a sending half takes over.
    _sending_state: tuple[str, ...] = ("_send_timeout",)

    def _set_send_timeout(self, timeout: float | None) -> None:
        self._send_timeout = timeout

    def send(self, data: Buffer, /) -> int:
        """Send at least one byte of DATA and return the number sent; `send_all` sends all of it.

        Waits until there is room. Raises `TimeoutError` when the send timeout expires,
        `BlockingIOError` if it would have to wait in nonblocking mode, and `BrokenPipeError` if no
        receiver is left.
        """
        timeout = self._send_timeout
        return self._send(data, None if timeout is None else deadline_after(timeout))

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers in order, as if they were one; otherwise as `send`."""
        raise NotImplementedError

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        """Send until DEADLINE, otherwise as `send`; NOTED is as for `_receive`."""
        raise NotImplementedError

    def _send_noting(self, data: Buffer, noted: list[int]) -> int:
        """Send as `send`, and note the result as `_receive` does."""
        return self._send(data, deadline_after(self._send_timeout), noted)

    def send_all(self, data: Buffer, /) -> None:
        """Send the whole of DATA.

        The send timeout covers the whole call. Every exception (a `TimeoutError`, a
        `BlockingIOError`, or one that a signal handler raises) has the number of bytes sent in its
        attribute `characters_written`. On Windows, the peer may receive more than that if a handler
        raises while a send without a timeout waits for room: then the stream is closed for sending,
        and the next send raises `BrokenPipeError`.
        """
        self._send_from(data, 0)

    def _send_from(self, data: Buffer, sent: int) -> None:
        """Send DATA, of which SENT bytes went out already, as `send_all` does."""
        timeout = self._send_timeout
        deadline = None if timeout is None else deadline_after(timeout)
        rest = data if type(data) is bytes and not sent else octets(data)[sent:]
        size = sent + len(rest)
        if sent >= size:
            return self._check_open()
        noted = [sent]
        try:
            while True:
                count = self._send(rest, deadline, noted)
                sent += count
                if sent >= size:
                    return None
                noted[:] = (sent,)
                rest = memoryview(rest)[count:]
        except BaseException as error:
            error.characters_written = sum(noted)  # type: ignore[attr-defined]  # documented above
            raise

    def write(self, data: Any, /) -> int | None:
        """Send the whole of DATA and return its size; otherwise as `send_all`.

        Code that writes to a file usually ignores the result, so all of DATA is sent. Only an
        `io.BufferedWriter` evaluates it, and gets what it needs to continue: the number of bytes
        sent, or `None` if nonblocking and there is no room. (On PyPy, a `BufferedWriter` cannot be
        recognised: use `makefile` there.)
        """
        if type(data) is memoryview and data.obj is None:
            # A view of no object comes from `io.BufferedWriter`. After an exception it would send
            # all of it again, even if a part had been sent.
            try:
                return self.send(data)
            except BlockingIOError:
                return None
        size = len(data) if type(data) is bytes else octets(data).nbytes
        self.send_all(data)
        return size

    def writelines(self, lines: Iterable[Any], /) -> None:
        """Send all of LINES, an iterable of buffers; otherwise as `send_all`.

        The send timeout applies to each of them.
        """
        write_lines(self.write, lines)

    def flush(self) -> None:
        """Do nothing: nothing is buffered here. Raises `ValueError` after `close()`."""
        self._check_open()

    def writable(self) -> bool:
        """Return `True`, or raise `ValueError` after `close()`."""
        self._check_open()
        return True


class OneWayReceiver(ByteReceiver):
    """A receiving end without a sending one: of a pipe, or one half of a stream."""

    __slots__ = ()

    def set_timeout(self, seconds: float | None) -> None:
        """Set the receive timeout in seconds; `None` waits forever, 0 does not wait.

        Expiry raises `TimeoutError`. Raises `TypeError` or `ValueError` for an invalid timeout.
        """
        self._set_recv_timeout(checked_timeout(seconds))


class OneWaySender(ByteSender):
    """A sending end without a receiving one: of a pipe, or one half of a stream."""

    __slots__ = ()

    def set_timeout(self, seconds: float | None) -> None:
        """Set the send timeout in seconds; `None` waits forever, 0 does not wait.

        Expiry raises `TimeoutError`. Raises `TypeError` or `ValueError` for an invalid timeout.
        """
        self._set_send_timeout(checked_timeout(seconds))


class DuplexStream(ByteReceiver, ByteSender):
    """Both ends in one object, each with a timeout of its own."""

    __slots__ = ()

    def set_recv_timeout(self, seconds: float | None) -> None:
        """Set the receive timeout in seconds; `None` waits forever, 0 does not wait.

        Expiry raises `TimeoutError`. Raises `TypeError` or `ValueError` for an invalid timeout.
        """
        self._set_recv_timeout(checked_timeout(seconds))

    def set_send_timeout(self, seconds: float | None) -> None:
        """Set the send timeout in seconds; `None` waits forever, 0 does not wait.

        Expiry raises `TimeoutError`. Raises `TypeError` or `ValueError` for an invalid timeout.
        """
        self._set_send_timeout(checked_timeout(seconds))

    def _is_nonblocking(self) -> bool:
        """Return true if calls that would have to wait raise `BlockingIOError` instead."""
        raise NotImplementedError

    def _end(self) -> None:
        """End the connection, also for the files over it and for calls in progress."""
        raise NotImplementedError

    def _address(self, peer: bool) -> str | bytes:
        """Return the address at which this end, or the PEER, has listened; "" if it has not."""
        raise NotImplementedError


def closed_error(what: object) -> ValueError:
    """Return the error for using WHAT after it was closed, or while another thread closes it."""
    return ValueError(f"I/O operation on closed {type(what).__name__}")
