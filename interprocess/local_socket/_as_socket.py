"""A stream with the interface of a `socket.socket`, for libraries that require one."""

from __future__ import annotations

import errno
import os
import socket

from interprocess._interface.byte_stream import DuplexStream
from interprocess._interface.octets import octets
from interprocess._interface.timeouts import checked_timeout
from interprocess.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any, TypeVar, Union

    from interprocess._interface.byte_stream import Buffer, WritableBuffer

    Address = Union[str, bytes]
    Result = TypeVar("Result")

#: Options that have no meaning for a connection within one machine, and do no harm.
_TCP_OPTIONS = frozenset(
    getattr(socket, "TCP_" + name)
    for name in (
        *("NODELAY", "QUICKACK", "CORK", "NOPUSH", "KEEPALIVE"),
        *("KEEPIDLE", "KEEPINTVL", "KEEPCNT", "USER_TIMEOUT"),
    )
    if hasattr(socket, "TCP_" + name)
)
#: The same for pipes, which have no options at all.
_PIPE_OPTIONS = frozenset(
    (socket.SO_KEEPALIVE, socket.SO_REUSEADDR, socket.SO_LINGER, socket.SO_SNDBUF, socket.SO_RCVBUF)
)
#: The type of all our sockets.
_CONSTANT_OPTIONS = {socket.SO_TYPE: int(socket.SOCK_STREAM), socket.SO_ERROR: 0}

#: Sends never raise SIGPIPE, with or without this flag.
_SEND_FLAGS = getattr(socket, "MSG_NOSIGNAL", 0)


class StreamSocket:
    """A stream as a `socket.socket`: the same methods, arguments, timeouts and errors.

    Made by `as_socket`. The stream still owns the connection, and both share their timeouts,
    nonblocking mode and closing.

    `send`, `sendall`, `recv`, `recv_into`, `settimeout`, `setblocking`, `makefile`, `shutdown`,
    `detach` and so on do what their namesakes in `socket.socket` do, except where documented.
    `family` is `AF_UNIX`, and `AF_UNSPEC` where Python does not have that (Windows).
    """

    __module__ = "interprocess.local_socket"

    family: int = getattr(socket, "AF_UNIX", socket.AF_UNSPEC)
    type: int = socket.SOCK_STREAM
    proto = 0

    def __init__(self, stream: DuplexStream) -> None:
        self._stream: Any = stream
        #: The stream that may have socket options: the stream itself, or the one that carries its
        #: TLS.
        self._carrier: Any = getattr(stream, "stream", stream)
        #: The values of options without effect that were set.
        self._options: dict[tuple[int, int], int | bytes] = {}
        #: True if closing the stream ended the connection, for lack of another way.
        self._ended = False

    # Receiving and sending

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Receive at most SIZE bytes; `b""` is the end of the stream. FLAGS have to be 0."""
        _check_flags(flags, 0)
        try:
            data: bytes = self._stream.recv(size)
        except (ValueError, OSError) as error:
            if self._has_ended():
                return b""
            raise self._translated(error) from None
        return data

    def recv_into(self, buffer: WritableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive at most NBYTES, or as much as fits, into BUFFER. FLAGS have to be 0."""
        _check_flags(flags, 0)
        if nbytes:
            room = octets(buffer)
            if not 0 <= nbytes <= len(room):
                raise ValueError(f"nbytes must be between 0 and {len(room)}, not {nbytes}")
            buffer = room[:nbytes]
        try:
            count: int = self._stream.recv_into(buffer)
        except (ValueError, OSError) as error:
            if self._has_ended():
                return 0
            raise self._translated(error) from None
        return count

    def send(self, data: Buffer, flags: int = 0, /) -> int:
        """Send at least one byte of DATA and return the number sent. FLAGS: 0 or `MSG_NOSIGNAL`."""
        _check_flags(flags, _SEND_FLAGS)
        try:
            count: int = self._stream.send(data)
        except (ValueError, OSError) as error:
            raise self._translated(error) from None
        return count

    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        """Send the whole of DATA. FLAGS: 0 or `MSG_NOSIGNAL`.

        The timeout covers the whole call. Every exception has the number of bytes sent in its
        attribute `characters_written`.
        """
        _check_flags(flags, _SEND_FLAGS)
        try:
            self._stream.send_all(data)
        except (ValueError, OSError) as error:
            raise self._translated(error) from None

    def makefile(
        self,
        mode: str = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Return a file over the connection, which it keeps open: the stream's own `makefile`.

        The file remains usable after a timeout. On Python 3.9 its timeouts are `TimeoutError`.
        """
        size = -1 if buffering is None else buffering
        options = {"encoding": encoding, "errors": errors, "newline": newline}
        return self._result(self._stream.makefile, mode, size, **options)

    # Waiting

    def settimeout(self, seconds: float | None, /) -> None:
        """Set the timeout of each call in seconds; `None` waits forever, 0 does not wait."""
        timeout = checked_timeout(seconds)
        self._check_open()
        stream, nonblocking = self._stream, timeout == 0
        stream.set_recv_timeout(timeout or None)
        stream.set_send_timeout(timeout or None)
        if stream._is_nonblocking() is not nonblocking:
            self._result(stream.set_nonblocking, nonblocking)

    def gettimeout(self) -> float | None:
        """Return the timeout in seconds; `None` waits forever, 0.0 is nonblocking mode."""
        return 0.0 if self._stream._is_nonblocking() else self._stream._recv_timeout

    @property
    def timeout(self) -> float | None:
        """What `gettimeout()` returns."""
        return self.gettimeout()

    def setblocking(self, blocking: bool, /) -> None:
        """Let calls wait forever, or not at all."""
        self.settimeout(None if blocking else 0.0)

    def getblocking(self) -> bool:
        """Return true if calls wait, forever or until a timeout."""
        return self.gettimeout() != 0

    # Options and addresses

    def setsockopt(self, level: int, option: int, value: int | bytes, /) -> None:
        """Set an option of the socket, if it is one.

        TCP options about delays and dead peers (`TCP_NODELAY`, `TCP_KEEPIDLE` …) are accepted
        everywhere and have no effect: local connections have no delays, and the system reports a
        dead peer at once. On Windows, whose pipes have no options, the same applies to
        `SO_KEEPALIVE`, `SO_REUSEADDR`, `SO_LINGER` and the sizes of buffers. Any other option
        raises `OSError`.
        """
        self._check_open()
        if self._has_no_effect(level, option):
            self._options[level, option] = value
        elif self._system_has(level):
            self._result(self._carrier.setsockopt, level, option, value)
        else:
            raise _no_option(level, option)

    def getsockopt(self, level: int, option: int, size: int = 0, /) -> int | bytes:
        """Return an option of the socket, or the value that an option without effect was set to."""
        self._check_open()
        if self._has_no_effect(level, option):
            return self._options.get((level, option), 0)
        if self._system_has(level):
            value: int | bytes = self._result(self._carrier.getsockopt, level, option, size)
            return value
        if level == socket.SOL_SOCKET and option in _CONSTANT_OPTIONS:
            return _CONSTANT_OPTIONS[option]
        raise _no_option(level, option)

    def _system_has(self, level: int) -> bool:
        return level != socket.IPPROTO_TCP and hasattr(self._carrier, "setsockopt")

    def _has_no_effect(self, level: int, option: int) -> bool:
        if level == socket.IPPROTO_TCP:
            return option in _TCP_OPTIONS
        is_pipe = level == socket.SOL_SOCKET and not hasattr(self._carrier, "setsockopt")
        return is_pipe and option in _PIPE_OPTIONS

    def getpeername(self) -> Address:
        """Return the address at which the peer listened, as a socket's; "" for a client's.

        On Windows this is the path of the pipe.
        """
        address: Address = self._result(self._stream._address, peer=True)
        return address

    def getsockname(self) -> Address:
        """Return the address at which this end listened; otherwise as `getpeername`."""
        address: Address = self._result(self._stream._address, peer=False)
        return address

    # The end

    def fileno(self) -> int:
        """Return the file descriptor, -1 after `close()`.

        Raises `UnsupportedError`, an `OSError`, on Windows: code that expects a socket's descriptor
        cannot use a pipe's handle. Raises it for a stream over shared memory, too: its descriptor
        does not show if there is data.
        """
        if self._stream.closed:
            return -1
        if not getattr(self._stream, "_number_shows_data", True):
            raise UnsupportedError(
                errno.EOPNOTSUPP,
                "the descriptor of a stream over memory does not show if there is data;"
                " for TLS use interprocess.local_socket.wrap_tls",
            )
        try:
            number: int = self._stream.fileno()
        except ValueError:
            if self._stream.closed:
                return -1
            raise UnsupportedError(
                errno.EOPNOTSUPP,
                "a named pipe has no descriptor that can be waited for like a socket's;"
                " for TLS use interprocess.local_socket.wrap_tls",
            ) from None
        return number

    def shutdown(self, how: int, /) -> None:
        """End the connection, or one direction of it.

        On Windows, `SHUT_RDWR` closes the pipe, and waiting calls see the end of the stream.
        Closing one direction of a pipe or of TLS raises `UnsupportedError`, an `OSError`.
        """
        self._check_open()
        if how not in (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR):
            raise OSError(errno.EINVAL, f"{how!r} is neither SHUT_RD, SHUT_WR nor SHUT_RDWR")
        if how == socket.SHUT_RDWR:
            self._ended = True  # Set first, for the calls that this wakes.
            self._result(self._stream._end)
            self._ended = self._stream.closed
        else:
            self._result(self._stream.shutdown, how)

    def detach(self) -> int:
        """Return the open descriptor or handle, which the caller then owns; -1 after `close()`.

        Raises `OSError` (`EBUSY`) while another thread is inside a call, and for TLS.
        """
        if self._stream.closed:
            return -1
        try:
            return self._stream.detach()  # type: ignore[no-any-return]  # a number, unlike a file's
        except ValueError as error:
            raise OSError(errno.EBUSY, str(error)) from None

    def close(self) -> None:
        """Close the stream; open files keep the connection open. Closing again does nothing."""
        self._ended = False
        self._stream.close()

    @property
    def _closed(self) -> bool:
        """The same attribute as that of `socket.socket`, for paramiko."""
        return bool(self._stream.closed)

    def __enter__(self) -> StreamSocket:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<StreamSocket of {self._stream!r}>"

    # Errors

    def _has_ended(self) -> bool:
        """Return true if `shutdown` has ended the connection by closing it."""
        return self._ended and self._stream.closed

    def _check_open(self) -> None:
        if self._stream.closed and not self._ended:
            raise _bad_descriptor()

    def _result(self, call: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
        try:
            return call(*arguments, **options)
        except ValueError as error:
            raise self._translated(error) from None

    def _translated(self, error: Exception) -> Exception:
        """Return the error of a socket that corresponds to ERROR of a stream."""
        if isinstance(error, TimeoutError) and error.errno in (errno.ETIMEDOUT, None):
            translated: Exception = socket.timeout("timed out")
        elif isinstance(error, BlockingIOError):
            translated = BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK))
        elif isinstance(error, ValueError) and self._has_ended():
            translated = BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        elif isinstance(error, ValueError) and self._stream.closed:
            translated = _bad_descriptor()
        else:
            return error
        written = getattr(error, "characters_written", None)
        if written is not None:
            translated.characters_written = written  # type: ignore[attr-defined]  # documented
        return translated


def as_socket(stream: DuplexStream) -> StreamSocket:
    """Return STREAM as a socket: an object with the methods, timeouts and errors of Python's own.

    For libraries that require a `socket.socket` and use only its methods: redis-py, PyMySQL,
    `http.client`, urllib3, requests, `xmlrpc`, paramiko. `docs/sockets.md` has a recipe for each.
    It also takes the result of `wrap_tls`.

    Raises `TypeError` unless STREAM is a synchronous stream with both directions.
    """
    if not isinstance(stream, DuplexStream):
        raise TypeError(
            f"as_socket takes a synchronous stream that receives and sends, not {stream!r}"
        )
    return StreamSocket(stream)


def _check_flags(flags: int, known: int) -> None:
    if flags & ~known:
        raise OSError(errno.EOPNOTSUPP, f"unsupported flags: {flags:#x}")


def _no_option(level: int, option: int) -> OSError:
    return OSError(errno.ENOPROTOOPT, f"there is no option {option} of level {level} here")


def _bad_descriptor() -> OSError:
    return OSError(errno.EBADF, os.strerror(errno.EBADF))
