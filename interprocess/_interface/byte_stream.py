"""The verbs of byte streams, on top of the few that a backend implements.

A backend's receiving end derives from `ByteReceiver` and implements `recv_into`, `recv_vectored`
and `_receive`; a sending end derives from `ByteSender` and implements `send`, `send_vectored` and
`_send`. Both are `io.RawIOBase`, so that the standard library's buffered and text files, `shutil`
and `selectors` work on them.
"""

from __future__ import annotations

import io

from interprocess._interface.octets import octets
from interprocess._interface.timeouts import checked_timeout, deadline_after
from interprocess.errors import IncompleteReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO, Any, Union

    Buffer = Union[bytes, bytearray, memoryview]
    WritableBuffer = Union[bytearray, memoryview]


#: What `recv_exactly` hopes to receive with one call, which needs no buffer of its own.
_OFTEN_WHOLE = 65536


class ByteStream(io.RawIOBase):
    """What both ends have in common."""

    __slots__ = ()

    def makefile(
        self,
        mode: str = "r",
        buffering: int = -1,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Return a buffered or text file over the stream; closing the file leaves the stream open.

        `mode` is "r", "w" or "rw", with "b" for bytes; `buffering` is the size of each buffer in
        bytes, -1 for the default and 0 for none, which only bytes can do. The rest is as for
        `open`.
        """
        return make_file(self, mode, buffering, encoding, errors, newline)

    def _check_open(self) -> None:
        if self.closed:
            raise closed_error(self)


class ByteReceiver(ByteStream):
    """The receiving end of a byte stream."""

    __slots__ = ()

    _recv_timeout: float | None = None

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

    def _receive(self, buffer: WritableBuffer, deadline: float | None) -> int:
        raise NotImplementedError

    def _receive_nothing(self) -> int:
        """Receive nothing, into no room: at once, where a system call might wait."""
        self._check_open()
        return 0

    def recv(self, size: int, /) -> bytes:
        """Receive at least one and at most SIZE bytes; `b""` is the end of the stream.

        Otherwise as `recv_into`.
        """
        buffer = bytearray(size)
        del buffer[self.recv_into(buffer) :]
        return bytes(buffer)

    def recv_exactly(self, size: int, /) -> bytes:
        """Receive exactly SIZE bytes.

        The receive timeout is for the whole of it. Raises `IncompleteReadError` (an `EOFError`) if
        the stream ends before. Whatever cuts it short, the bytes that had arrived are in the
        exception's attribute `partial`.
        """
        deadline = deadline_after(self._recv_timeout)
        begun = b""
        if 0 < size <= _OFTEN_WHOLE:
            try:
                begun = self.recv(size)
            except BaseException as error:
                error.partial = b""  # type: ignore[attr-defined]  # documented above
                raise
            if len(begun) == size:
                return begun
            if not begun:
                raise IncompleteReadError(b"", size)
        return self._receive_rest(begun, size, deadline)

    def _receive_rest(self, begun: bytes, size: int, deadline: float | None) -> bytes:
        buffer = bytearray(size)
        view = memoryview(buffer)
        received = len(begun)
        view[:received] = begun
        while received < size:
            try:
                count = self._receive(view[received:], deadline)
            except BaseException as error:
                error.partial = bytes(view[:received])  # type: ignore[attr-defined]  # documented above
                raise
            if count == 0:
                raise IncompleteReadError(bytes(view[:received]), size)
            received += count
        return bytes(buffer)

    def readinto(self, buffer: Any, /) -> int | None:
        """Receive as `io.RawIOBase` wants it: `None` if nonblocking and there is nothing."""
        try:
            return self.recv_into(buffer)
        except BlockingIOError:
            return None

    def readable(self) -> bool:
        """Return `True`, or raise `ValueError` after `close()`."""
        self._check_open()
        return True


class ByteSender(ByteStream):
    """The sending end of a byte stream."""

    __slots__ = ()

    _send_timeout: float | None = None

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

    def _send(self, data: Buffer, deadline: float | None) -> int:
        raise NotImplementedError

    def send_all(self, data: Buffer, /) -> None:
        """Send the whole of DATA.

        The send timeout is for the whole of it. Where a `TimeoutError`, a `BlockingIOError` or
        another `OSError` cuts it short, the exception's attribute `characters_written` says how
        many bytes went out.
        """
        self._send_from(data, 0)

    def _send_from(self, data: Buffer, sent: int) -> None:
        """Send DATA, of which SENT bytes went out already, as `send_all` does."""
        timeout = self._send_timeout
        deadline = None if timeout is None else deadline_after(timeout)
        rest = data if type(data) is bytes and not sent else octets(data)[sent:]
        size = sent + len(rest)
        if not size:
            self._check_open()
        while sent < size:
            try:
                count = self._send(rest, deadline)
            except OSError as error:
                error.characters_written = sent  # type: ignore[attr-defined]  # any OSError has it
                raise
            sent += count
            if sent < size:
                rest = memoryview(rest)[count:]

    def write(self, data: Any, /) -> int | None:
        """Send as `io.RawIOBase` wants it: `None` if nonblocking and there is no room."""
        try:
            return self.send(data)
        except BlockingIOError:
            return None

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


def closed_error(what: object) -> ValueError:
    """Return the error for using WHAT after it was closed, or while another thread closes it."""
    return ValueError(f"I/O operation on closed {type(what).__name__}")


def make_file(
    stream: io.RawIOBase,
    mode: str,
    buffering: int,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
) -> IO[Any]:
    """Do what `ByteStream.makefile` says."""
    binary = "b" in mode
    directions = mode.replace("b", "", 1)
    if directions not in ("r", "w", "rw", "wr"):
        raise ValueError(f"mode must be 'r', 'w' or 'rw', with or without 'b', not {mode!r}")
    if binary and (encoding, errors, newline) != (None, None, None):
        raise ValueError("binary mode takes no encoding, errors or newline")
    raw = _FileView(stream, "r" in directions, "w" in directions)
    if buffering == 0:
        if not binary:
            raise ValueError("text cannot be unbuffered")
        return raw  # type: ignore[return-value]  # RawIOBase is what open(…, buffering=0) returns too
    size = io.DEFAULT_BUFFER_SIZE if buffering < 0 else buffering
    buffered: Any
    if directions == "r":
        buffered = io.BufferedReader(raw, size)
    elif directions == "w":
        buffered = io.BufferedWriter(raw, size)
    else:
        buffered = io.BufferedRWPair(raw, raw, size)
    if binary:
        return buffered  # type: ignore[no-any-return]  # one of the three, all of them IO[bytes]
    return io.TextIOWrapper(buffered, encoding, errors, newline)


class _FileView(io.RawIOBase):
    """A stream as a file of its own, so that a buffered file can be closed without the stream."""

    def __init__(self, stream: Any, readable: bool, writable: bool) -> None:
        self._stream = stream
        self._readable = readable
        self._writable = writable
        if readable:
            self.readinto = stream.readinto  # type: ignore[method-assign]  # spares a call each time
        if writable:
            self.write = stream.write  # type: ignore[method-assign]  # spares a call each time

    def readable(self) -> bool:
        return self._readable

    def writable(self) -> bool:
        return self._writable

    def fileno(self) -> int:
        return self._stream.fileno()  # type: ignore[no-any-return]  # any stream's fileno is an int
