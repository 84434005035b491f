"""TLS over a stream, by the standard library's `ssl` between two buffers in memory.

`ssl.SSLContext.wrap_socket` requires a socket's descriptor, which a pipe does not have.
"""

from __future__ import annotations

import errno
import os
import ssl
import warnings

from interprocess._interface.byte_stream import DuplexStream, closed_error
from interprocess._interface.octets import checked_buffers, octets
from interprocess._interface.options import check_bool
from interprocess._interface.timeouts import deadline_after
from interprocess.errors import UnsupportedError
from interprocess.local_socket._tls_session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess._interface.byte_stream import Buffer, Noted, WritableBuffer

#: The most that one call encrypts: encrypted data that finds no room is kept in memory.
_ENCRYPTED_AT_ONCE = 1 << 16


class TlsStream(DuplexStream):
    """A connection secured by TLS, with the verbs and timeouts of the stream that carries it.

    Made by `wrap_tls`. One thread may receive while another sends and a third closes. `stream` is
    the stream that carries it; `ssl_object` is the `ssl.SSLObject`, which has the peer's
    certificate, the cipher and so on.

    There is no `shutdown` of one direction and no `detach`. `close` sends close_notify, so that the
    peer can detect truncation, if that is possible without waiting.
    """

    __module__ = "interprocess.local_socket"

    _ragged_eofs = True

    def __init__(self, stream: DuplexStream, ssl_object: ssl.SSLObject, session: Session) -> None:
        self.stream = stream
        self.ssl_object = ssl_object
        self._session: Session | None = session
        self._recv_timeout, self._send_timeout = stream._recv_timeout, stream._send_timeout

    def do_handshake(self) -> None:
        """Perform the handshake, within the receive timeout, unless it is done.

        Raises `ssl.SSLError` if it fails.
        """
        session, deadline = self._open_session(), deadline_after(self._recv_timeout)
        try:
            session.perform(self.ssl_object.do_handshake, deadline)
            session.flush(deadline)
        except ssl.SSLError:
            session.try_to_flush()  # Sends the alert, which tells the peer why.
            raise

    def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        """Receive into the first of BUFFERS that is not empty; otherwise as `recv_into`."""
        for buffer in checked_buffers(buffers):
            if memoryview(buffer).nbytes:
                return self.recv_into(buffer)
        return self._receive_nothing()

    def _receive(self, buffer: WritableBuffer, deadline: float | None, noted: Noted = ()) -> int:
        session, room = self._open_session(), octets(buffer)
        if not room:
            return 0
        try:
            if session.has_ahead:
                return session.take_ahead(room, noted)
            return session.perform(session.decrypt, deadline, room, noted)
        except ssl.SSLZeroReturnError:
            return 0
        except ssl.SSLEOFError:
            if not self._ragged_eofs:
                raise
            return 0

    def send(self, data: Buffer, /) -> int:
        """Send at least one byte of DATA and return the number sent; `send_all` sends all of it.

        Encrypted data that found no room before the timeout, or in nonblocking mode, counts as
        sent: the next call sends it, including `flush` and `recv`. Otherwise as `send` of the
        stream that carries it.
        """
        noted: list[int] = []
        try:
            return self._send(data, deadline_after(self._send_timeout), noted)
        except (TimeoutError, BlockingIOError):
            if noted:
                return noted[0]
            raise

    def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        """Send from several buffers in order, as if they were one; otherwise as `send`."""
        return self.send(b"".join(checked_buffers(buffers)))

    def _send(self, data: Buffer, deadline: float | None, noted: Noted = ()) -> int:
        session, rest = self._open_session(), octets(data)[:_ENCRYPTED_AT_ONCE]
        session.flush(deadline)
        if not rest:
            return 0
        try:
            count = session.perform(session.encrypt, deadline, rest, noted)
        except ssl.SSLError as error:
            if error.reason != "PROTOCOL_IS_SHUTDOWN":
                raise
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
        session.flush(deadline)
        return count

    def flush(self) -> None:
        """Send encrypted data that had found no room, within the send timeout."""
        self._open_session().flush(deadline_after(self._send_timeout))

    def set_nonblocking(self, nonblocking: bool) -> None:
        """Set whether calls that would have to wait raise `BlockingIOError` instead."""
        self.stream.set_nonblocking(nonblocking)  # type: ignore[attr-defined]  # every stream has it

    def fileno(self) -> int:
        """Return the file descriptor of the stream that carries it.

        It does not become readable for data that was already received and decrypted.
        """
        self._open_session()
        return self.stream.fileno()

    def shutdown(self, how: int) -> None:
        """Raise `UnsupportedError`: close the stream, or mark the end within the data."""
        self._check_open()
        raise UnsupportedError(f"TLS cannot be shut down in one direction ({how})")

    def detach(self) -> int:
        """Raise `UnsupportedError`: the connection is useless without its keys."""
        self._check_open()
        raise UnsupportedError("a TLS stream cannot be detached")

    @property
    def closed(self) -> bool:
        """True if the stream was closed."""
        return self._session is None or self.stream.closed

    def close(self) -> None:
        """Close this stream and the one that carries it; closing again does nothing.

        Calls in progress in other threads are woken and raise `ValueError`. While files over the
        stream are open, the connection stays open and those calls continue.
        """
        if self._files is not None and self._files.inherit(self):
            return
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def __del__(self) -> None:
        if not getattr(self, "_session", None) or self.closed:
            return
        try:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # Warnings may be errors.
            self.close()

    def __repr__(self) -> str:
        return f"<TlsStream {'closed' if self.closed else f'over {self.stream!r}'}>"

    def _open_session(self) -> Session:
        session = self._session
        if session is None or self.stream.closed:
            raise closed_error(self)
        return session

    def _wait_source(self) -> tuple[bool, DuplexStream]:
        return False, self.stream

    def _receives_at_once(self) -> bool:
        """Decrypt what has arrived; return true if receiving would not wait, for `wait`."""
        return self._open_session().read_ahead()

    def _heir(self) -> TlsStream:
        heir = TlsStream.__new__(TlsStream)
        heir.__dict__.update(self.__dict__, _files=None)
        return heir

    def _forsake(self) -> None:
        self._session = None

    def _number(self) -> int:
        self._open_session()
        return self.stream._number()

    def _is_nonblocking(self) -> bool:
        return self.stream._is_nonblocking()

    def _end(self) -> None:
        session = self._open_session()
        session.say_goodbye()
        self.stream._end()

    def _address(self, peer: bool) -> str | bytes:
        return self.stream._address(peer)


def wrap_tls(
    stream: DuplexStream,
    context: ssl.SSLContext,
    *,
    server_side: bool = False,
    server_hostname: str | None = None,
    do_handshake_on_connect: bool = True,
    suppress_ragged_eofs: bool = True,
    session: ssl.SSLSession | None = None,
) -> TlsStream:
    """Return a stream secured by TLS over STREAM, which it owns from now on.

    It also works over Windows' pipes, which `SSLContext.wrap_socket` does not take. The options are
    those of that method. The receive timeout of STREAM covers the handshake. If the handshake
    fails, STREAM is closed, and `ssl.SSLError` or another `OSError` is raised.
    """
    if not isinstance(stream, DuplexStream):
        raise TypeError(f"wrap_tls takes a stream that receives and sends, not {stream!r}")
    if not isinstance(context, ssl.SSLContext):
        raise TypeError(f"context must be an SSLContext, not {context!r}")
    check_bool("suppress_ragged_eofs", suppress_ragged_eofs)
    if not server_side and context.check_hostname and not server_hostname:
        raise ValueError("the context checks the host's name, which requires a server_hostname")
    stream._check_open()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    ssl_object = context.wrap_bio(incoming, outgoing, server_side, server_hostname, session)
    tls = TlsStream(stream, ssl_object, Session(stream, ssl_object, incoming, outgoing))
    tls._ragged_eofs = suppress_ragged_eofs
    if do_handshake_on_connect:
        try:
            tls.do_handshake()
        except BaseException:
            tls.close()
            raise
    return tls
