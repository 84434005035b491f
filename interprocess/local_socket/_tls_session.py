"""The encrypted side of TLS over a stream.

OpenSSL reads and writes two buffers in memory. This module moves the bytes between them and a
stream, so that one thread can receive while another sends, and an interrupt loses nothing.

CPython's `_ssl` can lose OpenSSL's result: its C functions that encrypt and decrypt run signal
handlers after OpenSSL has returned, and if a handler raises, the result is gone
(`PyErr_CheckSignals` in `Modules/_ssl.c`). This module recovers the result from OpenSSL's state:

- Encrypting into memory encrypts all of the data or nothing. All of it makes the buffer grow by
  more than its size.
- Decrypting takes data from one record at a time. `pending` is the rest of that record, so it tells
  how much was taken, except from a record that the call itself opened. So a record is opened by
  decrypting a single byte of it: then a rest is left, or else the record had only this byte, and it
  stands where a marker stood before.
"""

from __future__ import annotations

import errno
import ssl
from _thread import allocate_lock, get_ident
from contextlib import contextmanager
from threading import RLock
from time import monotonic

from interprocess._interface.timeouts import remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    from interprocess._interface.byte_stream import DuplexStream, Noted

    Result = TypeVar("Result")

#: The number of bytes to decrypt before they are received: one record.
_READ_AHEAD = 1 << 14
#: The number of bytes to receive at once: a few TLS records of 16 KiB each.
_RECEIVED_AT_ONCE = 1 << 16

#: A placeholder for the byte that opens a record. It stays if nothing was decrypted.
_MARKER = 0xA7


class Session:
    """Moves encrypted bytes between memory and the stream."""

    def __init__(
        self,
        stream: DuplexStream,
        ssl_object: ssl.SSLObject,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
    ) -> None:
        self._stream, self._ssl_object = stream, ssl_object
        self._incoming, self._outgoing = incoming, outgoing
        # C functions: an interrupt after a Python function would lose the data that it decrypted.
        c_object = getattr(ssl_object, "_sslobj", ssl_object)
        self._read: Callable[..., Any] = c_object.read
        self._write: Callable[..., Any] = c_object.write
        self._pending: Callable[[], int] = c_object.pending
        #: OpenSSL's objects, including the buffers in memory, are for one thread at a time. No
        #: thread waits for the stream while it holds this lock.
        self._lock = RLock()
        self._receiving, self._sending = allocate_lock(), allocate_lock()
        self._receivers: list[int] = []
        self._senders: list[int] = []
        self._buffer = bytearray(_RECEIVED_AT_ONCE)
        #: The number of bytes in the buffer that OpenSSL has not got yet, in parts; empty if there
        #: are none. A 0 stands for the end.
        self._received: list[int] = []
        #: The number of times that OpenSSL got data.
        self._fills = 0
        #: Decrypted data for the next receive: where it starts, and its end in parts.
        self._ahead = memoryview(b"")
        self._ahead_start = 0
        self._ahead_counts: list[int] = []
        #: The error that comes after it: one item, or none.
        self._failed: list[OSError] = []
        #: Encrypted data to be sent, and how much of it has already been sent.
        self._unsent = bytearray()
        self._sent: list[int] = []

    def perform(
        self,
        operation: Callable[..., Result],
        deadline: float | None,
        *arguments: Any,
    ) -> Result:
        """Return the result of OPERATION, once all the data that it needs has arrived."""
        while True:
            with self._lock:
                fills = self._fills
                try:
                    return operation(*arguments)
                except ssl.SSLWantReadError:
                    pass
            # Without waiting: the peer may be unable to receive until its own data is received.
            self.try_to_flush()
            self._fill(fills, deadline)

    def decrypt(self, room: memoryview, noted: Noted) -> int:
        """Decrypt into ROOM, which is not empty, and return the number of bytes; 0 is the end."""
        taken: list[int] = []
        try:
            if not self._pending():
                self._open_record(room[:1], taken)
            if taken != [0]:
                self._take_rest(room[len(taken) :], taken)
        finally:
            noted += (*taken,)  # No call: see `interprocess._interface.lifetime`.
        return sum(taken)

    def _open_record(self, byte: memoryview, taken: list[int]) -> None:
        byte[0] = _MARKER
        try:
            taken += map(self._read, (1,), (byte,))
        except ssl.SSLError:
            raise
        except BaseException:
            taken += (1,) * bool(self._pending() or byte[0] != _MARKER)
            raise

    def _take_rest(self, room: memoryview, taken: list[int]) -> None:
        rest = self._pending()
        room = room[:rest]
        try:
            if room:
                taken += map(self._read, (len(room),), (room,))
        except BaseException:
            taken += (rest - self._pending(),)
            raise

    def encrypt(self, data: memoryview, noted: Noted) -> int:
        """Encrypt all of DATA, which is not empty, for `flush` to send; return its size."""
        size, pending = len(data), self._outgoing.pending
        try:
            # No plain call, as above.
            [written] = map(self._write, (data,))
            noted += (written,)
        except ssl.SSLError:
            raise
        except BaseException:
            noted += (size,) * (self._outgoing.pending - pending > size)
            raise
        return size

    @property
    def has_ahead(self) -> bool:
        """True if data or an error is kept for the next receive."""
        return any(self._ahead_counts) or bool(self._failed)

    def read_ahead(self) -> bool:
        """Decrypt what has arrived, without waiting; return true if a receive would not wait.

        Arrived bytes need not be data: a part of a record, or a ticket for a later session.
        """
        if self.has_ahead:
            return True
        if not self._ahead:
            self._ahead = memoryview(bytearray(_READ_AHEAD))
        try:
            self._ahead_counts.clear()  # An interrupt may have left a 0.
            self.perform(self.decrypt, monotonic(), self._ahead, self._ahead_counts)
            return True  # Data, or the end, which OpenSSL reports as often as it is asked.
        except (TimeoutError, BlockingIOError):
            pass
        except OSError as error:  # Those of TLS too. Not every error comes a second time.
            self._failed += (error,)
        return self.has_ahead

    def take_ahead(self, room: memoryview, noted: Noted) -> int:
        """Move kept data to ROOM and return the number of bytes, or raise the kept error."""
        if not any(self._ahead_counts):
            raise self._failed.pop()
        start, end = self._ahead_start, sum(self._ahead_counts)
        count = min(end - start, len(room))
        room[:count] = self._ahead[start : start + count]
        if start + count == end:
            start, left = 0, []
        else:
            start, left = start + count, [end]
        # No calls: no signal handler can raise in between.
        self._ahead_start = start
        self._ahead_counts[:] = left
        noted += (count,)
        return count

    def _fill(self, fills: int, deadline: float | None) -> None:
        """Receive data for OpenSSL, unless it has got data since FILLS was read."""
        must_not_wait = self._stream._is_nonblocking()
        with _turn(
            self._receiving, self._receivers, deadline, must_not_wait=must_not_wait
        ) as is_ours:
            if not is_ours:
                raise BlockingIOError(errno.EAGAIN, "another thread is receiving")
            if self._fills != fills:
                return
            received = self._received
            if not received:
                self._stream._receive(self._buffer, deadline, received)
            with self._lock:
                count = sum(received)
                # No plain calls: when a signal handler raises, the received data must neither be
                # lost nor be there twice. See `interprocess._interface.lifetime`.
                if count:
                    [_] = map(self._incoming.write, (memoryview(self._buffer)[:count],))
                else:
                    self._incoming.write_eof()
                del received[:]
                self._fills += 1

    def flush(self, deadline: float | None, must_not_wait: bool = False) -> None:
        """Send everything that OpenSSL has written.

        Raises `BlockingIOError` if another thread is sending and this one must not wait for it. The
        other thread checks again after it has released the lock, so that no data is left behind.
        """
        must_not_wait = must_not_wait or self._stream._is_nonblocking()
        while self._has_unsent():
            with _turn(
                self._sending, self._senders, deadline, must_not_wait=must_not_wait
            ) as is_ours:
                if not is_ours:
                    raise BlockingIOError(errno.EAGAIN, "another thread is sending")
                self._send_all(deadline)

    def _has_unsent(self) -> bool:
        with self._lock:
            return bool(self._outgoing.pending or self._unsent)

    def _send_all(self, deadline: float | None) -> None:
        while True:
            count = sum(self._sent)
            # As above: no handler can run between these steps.
            del self._unsent[:count]
            del self._sent[:]
            if not self._unsent:
                with self._lock:  # OpenSSL may be encrypting for another thread.
                    [written] = map(self._outgoing.read, (-1,))
                    self._unsent += written
                if not written:
                    return
            self._stream._send(bytes(self._unsent), deadline, self._sent)

    def try_to_flush(self) -> None:
        """Send as much as possible without waiting."""
        try:
            self.flush(monotonic(), must_not_wait=True)
        except (OSError, ValueError, RuntimeError):
            pass

    def say_goodbye(self) -> None:
        """Send close_notify to the peer, if that needs no waiting."""
        if self._stream.closed or not self._lock.acquire(blocking=False):
            return
        try:
            self._ssl_object.unwrap()
        except (ssl.SSLError, ValueError):
            pass  # Usual: the peer has not sent its close_notify yet, and we do not wait for it.
        finally:
            self._lock.release()
        self.try_to_flush()

    def close(self) -> None:
        try:
            self.say_goodbye()
        finally:
            self._stream.close()


@contextmanager
def _turn(
    lock: LockType, holders: list[int], deadline: float | None, *, must_not_wait: bool
) -> Iterator[bool]:
    """Hold LOCK, waiting for it until the deadline, and yield whether it was acquired.

    It may not be acquired if this thread must not wait. HOLDERS has the thread that holds it.
    """
    if get_ident() in holders:
        raise RuntimeError("a signal handler cannot use the stream that its thread is using")
    left = 0.0 if must_not_wait else remaining(deadline)
    taken: list[bool] = []
    try:
        # No plain call: if a signal handler raises, it must be known that we hold the lock.
        taken += map(lock.acquire, (True,), (-1 if left is None else left,))
        if taken[0]:
            holders.append(get_ident())
        elif not must_not_wait:
            raise TimeoutError(errno.ETIMEDOUT, "timed out waiting for another thread")
        yield taken[0]
    finally:
        if taken and taken[0]:
            del holders[:]
            lock.release()
