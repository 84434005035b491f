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
    #: A list that is to get the result of a transfer at once, or nothing.
    Noted = Any


#: The most that one call receives: no system keeps as much for a reader, unless it is told to.
MOST_AT_ONCE = 1 << 20


class ByteStream(io.RawIOBase):
    """What both ends have in common."""

    __slots__ = ()

    #: Who keeps the connection open, once there was a file over the stream.
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

        Closing the file leaves the stream open. Closing the stream leaves the connection to its
        files, and the last of them that is closed closes it; calls of other threads that are in
        progress are woken only then. `detach`, `split` and `reunite` leave the files nothing:
        their calls raise `ValueError`.

        `mode` is "r", "w" or "rw", with "b" for bytes; `buffering` is the size of each buffer in
        bytes, -1 for the default and 0 for none, which only bytes can do. The rest is as for
        `open`. Raises `io.UnsupportedOperation` for a direction that the stream does not have.

        The timeouts and the mode of the stream are those of its files. After an error, a timeout
        or an interrupt a file goes on where it was. A read that it cut short returned nothing, and
        what had arrived is what the next one begins with. Of a write that it cut short, the
        exception's attribute `characters_written` says how much the file has taken, that is sent or
        kept for the calls that follow.

        A peer that leaves while something that it was sent is unread resets the connection, on
        Unix: a read that gets as far raises `ConnectionResetError`, once, and the next returns what
        had arrived before, until the end of the stream. On Windows there is the end alone.
        """
        return make_file(self, mode, buffering, encoding, errors, newline)

    def __iter__(self) -> NoReturn:
        """Refuse: lines would be received byte by byte. Iterate over `makefile("rb")` instead."""
        raise TypeError(f"{self!r} has no buffer to find lines in: iterate over its makefile('rb')")

    def _files_over_it(self) -> StreamFiles:
        """Return what keeps the connection open."""
        return self.__dict__.setdefault("_files", StreamFiles())  # type: ignore[no-any-return]  # one

    def _heir(self: Self) -> Self:
        """Return another object that owns what this one owns, until this one forsakes it."""
        raise NotImplementedError

    def _forsake(self) -> None:
        """Own nothing any more, as if closed: everything is an heir's."""
        raise NotImplementedError

    def _number(self) -> int:
        """Return the descriptor or handle."""
        raise NotImplementedError

    def _wait_source(self) -> tuple[bool, Any]:
        """Return whether there is something already, and what more comes from, for `wait`."""
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
    _receiving_state: tuple[str, ...] = ("_recv_timeout",)

    def _set_recv_timeout(self, timeout: float | None) -> None:
        self._recv_timeout = timeout

    def recv_into(self, buffer: WritableBuffer, /) -> int:
        """Receive at least one byte into BUFFER and return how many; 0 is the end of the stream.

        Waits until there is something. Raises `TimeoutError` when the receive timeout expires and
        `BlockingIOError` in nonblocking mode.
        """
        timeout = self._recv_timeout
        return self._receive(buffer, None if timeout is None else deadline_after(timeout))

    def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into several buffers, each filled before the next; otherwise as `recv_into`."""
        raise NotImplementedError

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        """Receive until DEADLINE, otherwise as `recv_into`.

        The list NOTED gets the result before a signal handler can raise. What was sent may be in
        several parts, with a number for each.
        """
        raise NotImplementedError

    def _receive_noting(self, buffer: WritableBuffer, noted: list[int]) -> int:
        """Receive as `recv_into`, and note the result as `_receive` does."""
        return self._receive(buffer, deadline_after(self._recv_timeout), noted)

    def _receive_nothing(self) -> int:
        """Receive nothing, into no room: at once, where a system call might wait."""
        self._check_open()
        return 0

    def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream.

        Otherwise as `recv_into`.
        """
        buffer = bytearray(min(checked_size(size), MOST_AT_ONCE))
        del buffer[self.recv_into(buffer) :]
        return bytes(buffer)

    def recv_exactly(self, size: int, /) -> bytes:
        """Receive exactly SIZE bytes.

        The receive timeout is for the whole of it. Raises `IncompleteReadError` (an `EOFError`) if
        the stream ends before. Whatever cuts it short, the bytes that had arrived are in the
        exception's attribute `partial`. It takes memory for what has arrived, not for what is said
        to come.
        """
        return self._receive_rest(b"", checked_size(size), deadline_after(self._recv_timeout))

    def _receive_rest(self, begun: bytes, size: int, deadline: float | None) -> bytes:
        """Receive what is missing of SIZE bytes that begin with BEGUN, as `recv_exactly` does."""
        return receive_exactly(self._receive, begun, size, deadline)

    def readinto(self, buffer: Any, /) -> int | None:
        """Receive as `io.RawIOBase` wants it: `None` if nonblocking and there is nothing."""
        try:
            return self.recv_into(buffer)
        except BlockingIOError:
            return None

    def readall(self) -> bytes | None:  # type: ignore[override]  # as `io` has it, and its types do not
        """Receive until the end of the stream; if nonblocking, what there is, or `None`.

        The receive timeout is for each piece of it. Whatever cuts it short, the bytes that had
        arrived are in the exception's attribute `partial`.
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
        """Send at least one byte of DATA and return how many; `send_all` sends the whole.

        Waits until there is room. Raises `TimeoutError` when the send timeout expires,
        `BlockingIOError` in nonblocking mode and `BrokenPipeError` if nobody can receive any more.
        """
        timeout = self._send_timeout
        return self._send(data, None if timeout is None else deadline_after(timeout))

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers, in their order, as one; otherwise as `send`."""
        raise NotImplementedError

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        """Send until DEADLINE, otherwise as `send`; NOTED is as for `_receive`."""
        raise NotImplementedError

    def _send_noting(self, data: Buffer, noted: list[int]) -> int:
        """Send as `send`, and note the result as `_receive` does."""
        return self._send(data, deadline_after(self._send_timeout), noted)

    def send_all(self, data: Buffer, /) -> None:
        """Send the whole of DATA.

        The send timeout is for the whole of it. Whatever cuts it short, a `TimeoutError`, a
        `BlockingIOError`, or an exception that a signal handler raises, the exception's attribute
        `characters_written` says how many bytes went out. On Windows, the peer may have more if a
        handler raises while a send without a timeout waits for room: then the stream is closed for
        sending, and the next send raises `BrokenPipeError`.
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

        Who writes to a file does not look at what that returns. An `io.BufferedWriter` does, and
        gets what it needs to go on: how much was sent, or `None` if nonblocking and there is no
        room. (PyPy's is not known from others: use `makefile` there.)
        """
        if type(data) is memoryview and data.obj is None:
            # Memory that belongs to no object is what `io.BufferedWriter` writes from. It would
            # send all of it again after an exception, whatever that said of a part that went out.
            try:
                return self.send(data)
            except BlockingIOError:
                return None
        size = len(data) if type(data) is bytes else octets(data).nbytes
        self.send_all(data)
        return size

    def writelines(self, lines: Iterable[Any], /) -> None:
        """Send all of the LINES, which is any data; otherwise as `send_all`.

        The send timeout is for each of them.
        """
        write_lines(self.write, lines)

    def flush(self) -> None:
        """Do nothing: what has been sent is on its way. Raises `ValueError` after `close()`."""
        self._check_open()

    def writable(self) -> bool:
        """Return `True`, or raise `ValueError` after `close()`."""
        self._check_open()
        return True


class OneWayReceiver(ByteReceiver):
    """A receiving end that is all there is: of a pipe, or one half of a stream."""

    __slots__ = ()

    def set_timeout(self, seconds: float | None) -> None:
        """Set how long a receive may wait: seconds, `None` for ever, 0 not at all.

        Expiry raises `TimeoutError`. Raises `TypeError` or `ValueError` for what is no timeout.
        """
        self._set_recv_timeout(checked_timeout(seconds))


class OneWaySender(ByteSender):
    """A sending end that is all there is: of a pipe, or one half of a stream."""

    __slots__ = ()

    def set_timeout(self, seconds: float | None) -> None:
        """Set how long a send may wait: seconds, `None` for ever, 0 not at all.

        Expiry raises `TimeoutError`. Raises `TypeError` or `ValueError` for what is no timeout.
        """
        self._set_send_timeout(checked_timeout(seconds))


class DuplexStream(ByteReceiver, ByteSender):
    """Both ends in one object, each with a timeout of its own."""

    __slots__ = ()

    def set_recv_timeout(self, seconds: float | None) -> None:
        """Set how long a receive may wait: seconds, `None` for ever, 0 not at all.

        Expiry raises `TimeoutError`. Raises `TypeError` or `ValueError` for what is no timeout.
        """
        self._set_recv_timeout(checked_timeout(seconds))

    def set_send_timeout(self, seconds: float | None) -> None:
        """Set how long a send may wait: seconds, `None` for ever, 0 not at all.

        Expiry raises `TimeoutError`. Raises `TypeError` or `ValueError` for what is no timeout.
        """
        self._set_send_timeout(checked_timeout(seconds))

    def _is_nonblocking(self) -> bool:
        """Return whether calls that would have to wait raise `BlockingIOError` instead."""
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
