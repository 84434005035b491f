"""TCP on the loopback interface, with the parts of the stream and listener interface that we need.

This module never listens on or connects to other addresses: the command line does not decide about
access from other machines.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
import threading
from time import monotonic

from interprocess._interface.accepting import ClientIterator, ListenerBase
from interprocess._interface.shutdown import Shutdown
from interprocess.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    _Of = ClientIterator["TcpStream"]
else:
    _Of = ClientIterator

#: The longest single wait in `accept`, in seconds. On Windows, signal handlers cannot end a wait.
_LONGEST_WAIT = 0.2 if sys.platform == "win32" else None

#: For how many seconds data from the peer is received and discarded before closing.
_LONGEST_DISCARDING = 2.0


class TcpAddress:
    """An address on the loopback interface."""

    def __init__(self, text: str) -> None:
        """Parse PORT, HOST:PORT or [HOST]:PORT; raise `ValueError` for anything else."""
        host, _, port = text.rpartition(":")
        host = host or "127.0.0.1"
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        #: The host as given by the user, or the default.
        self.host = host
        if not (port.isascii() and port.isdigit() and int(port) <= 65535):
            raise ValueError(f"tcp:{text}: {port!r} is not a port, which is a number up to 65535")
        self.port = int(port)
        if host != "localhost" and not _is_loopback(host):
            raise ValueError(
                f"tcp:{text}: {host!r} is not an address of the loopback interface, such as"
                " 127.0.0.1, [::1] or localhost"
            )

    def candidates(self) -> list[tuple[socket.AddressFamily, str]]:
        """Return the addresses to try, in order. No name is looked up."""
        if self.host == "localhost":
            return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        return [(family, self.host)]

    def __str__(self) -> str:
        return (
            f"tcp:[{self.host}]:{self.port}" if ":" in self.host else f"tcp:{self.host}:{self.port}"
        )


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # Not ::ffff:127.0.0.1, which some systems send elsewhere.
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


class TcpStream:
    """A connection. Threads may receive, send and close at the same time."""

    #: True even on Windows, where pipes have no half-close.
    has_half_close = True

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._lock = threading.Lock()
        self._calls = 0
        self._refuses = False
        self.closed = False
        #: The object whose `close` ends the connection, for `serve`.
        self._descriptor = self._handle = self
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            pass  # macOS raises if the client has already left.

    def recv(self, size: int, /) -> bytes:
        """Receive at most SIZE bytes; `b""` means the end of the stream."""
        with self._calling():
            return self._socket.recv(size)

    def send_all(self, data: bytes, /) -> None:
        """Send all of DATA."""
        with self._calling():
            self._socket.sendall(data)

    def shutdown(self, how: Shutdown) -> None:
        """Close a direction.

        Raises `UnsupportedError` for receiving: TCP cannot refuse one direction alone.
        """
        if how == Shutdown.RECV:
            self._refuses = True
            raise UnsupportedError("a TCP connection cannot refuse data and continue to send")
        with self._calling():
            try:
                self._socket.shutdown(how)
            except OSError as error:
                if error.errno != errno.ENOTCONN:
                    raise
                raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None

    def fileno(self) -> int:
        """Return the descriptor, or on Windows the socket handle."""
        self.readable()
        return self._socket.fileno()

    def readable(self) -> bool:
        """Return `True`; raise `ValueError` once it is closed."""
        if self.closed:
            raise ValueError("I/O operation on a closed connection")
        return True

    def close(self) -> None:
        """End the connection and waiting calls; the last of these calls closes the socket."""
        with self._lock:
            if self.closed:
                return
            self.closed = True
            unused = not self._calls
        if unused:
            self._close_socket()
            return
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The connection has already ended.

    def _close_socket(self) -> None:
        if self._refuses:
            self._discard_what_comes()
        self._socket.close()

    def _discard_what_comes(self) -> None:
        """Discard data for a moment: closing a connection with unread data resets it.

        The peer would then lose the data that we have sent last.
        """
        deadline = monotonic() + _LONGEST_DISCARDING
        try:
            self._socket.shutdown(socket.SHUT_WR)
            while (left := deadline - monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(65536):
                    return
        except OSError:
            pass  # The connection has ended, or the time is over.

    def _calling(self) -> _Calling:
        return _Calling(self)

    def __enter__(self) -> TcpStream:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _Calling:
    """A call in progress."""

    __slots__ = ("_stream",)

    def __init__(self, stream: TcpStream) -> None:
        self._stream = stream

    def __enter__(self) -> None:
        stream = self._stream
        with stream._lock:
            stream.readable()
            stream._calls += 1

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        stream = self._stream
        with stream._lock:
            stream._calls -= 1
            unused = stream.closed and not stream._calls
        if unused:
            stream._close_socket()
        if stream.closed and isinstance(error, OSError):
            stream.readable()  # The error results from closing.


class TcpListener(ListenerBase, _Of):
    """A listener on the loopback interface."""

    def __init__(self, address: TcpAddress) -> None:
        family, host = address.candidates()[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            if os.name == "posix":
                # Old connections in TIME_WAIT must not prevent a new listener.
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            else:
                listening.setsockopt(socket.SOL_SOCKET, _EXCLUSIVE_USE, 1)
            listening.bind((host, address.port))
            listening.listen(4096)
            listening.settimeout(_LONGEST_WAIT)
        except OSError as error:
            listening.close()
            raise OSError(error.errno, error.strerror, str(address)) from None
        self._socket = listening
        #: The address that it listens on.
        self.name = TcpAddress(f"[{host}]:{listening.getsockname()[1]}")
        self._closed = False

    @property
    def closed(self) -> bool:
        """True if the listener was closed."""
        return self._closed

    def accept(self, timeout: float | None = None) -> TcpStream:  # noqa: ARG002  # never used here
        """Wait for the next client."""
        while not self._closed:
            try:
                accepted, _ = self._socket.accept()
            except socket.timeout:  # a separate class before Python 3.10
                continue
            except OSError:
                if self._closed:
                    break
                raise
            accepted.settimeout(None)
            return TcpStream(accepted)
        raise ValueError("accept on a closed listener")

    def close(self) -> None:
        """Stop listening. A signal handler may call this during `accept`."""
        if not self._closed:
            self._closed = True
            self._socket.close()
            self._tell_close_watchers()

    def __enter__(self) -> TcpListener:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


#: On Windows: prevents other processes from listening on the same port.
_EXCLUSIVE_USE: int = getattr(socket, "SO_EXCLUSIVEADDRUSE", 0)


def connect(address: TcpAddress, timeout: float) -> TcpStream:
    """Connect to the first address that accepts; otherwise raise the first error."""
    last: OSError | None = None
    for family, host in address.candidates():
        connecting = socket.socket(family, socket.SOCK_STREAM)
        try:
            connecting.settimeout(timeout)
            connecting.connect((host, address.port))
            connecting.settimeout(None)
            return TcpStream(connecting)
        except OSError as error:
            connecting.close()
            last = last or error
        except BaseException:
            connecting.close()
            raise
    assert last is not None
    if isinstance(last, TimeoutError) or last.errno is None:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), str(address)) from None
    raise OSError(last.errno, last.strerror, str(address)) from None
