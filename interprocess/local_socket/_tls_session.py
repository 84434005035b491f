"""The encrypted side of TLS over a stream.

OpenSSL reads and writes two buffers in memory. This module moves the bytes between them and a
stream, so that one thread can receive while another sends, and an interrupt loses nothing.
"""

from __future__ import annotations

import errno
import ssl
from _thread import allocate_lock, get_ident
from contextlib import contextmanager
from itertools import starmap
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

#: The number of bytes to receive at once: a few TLS records of 16 KiB each.
_RECEIVED_AT_ONCE = 1 << 16


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
        self.read: Callable[..., Any] = c_object.read
        self.write: Callable[..., Any] = c_object.write
        #: OpenSSL's objects, including the buffers in memory, are for one thread at a time. No
        #: thread waits for the stream while it holds this lock.
        self._lock = RLock()
        self._receiving, self._sending = allocate_lock(), allocate_lock()
        self._receivers: list[int] = []
        self._senders: list[int] = []
        self._buffer = bytearray(_RECEIVED_AT_ONCE)
        #: The number of bytes in the buffer that OpenSSL has not got yet: one item, or none. 0 is
        #: the end.
        self._received: list[int] = []
        #: The number of times that OpenSSL got data.
        self._fills = 0
        #: Encrypted data to be sent, and how much of it has already been sent.
        self._unsent = bytearray()
        self._sent: list[int] = []

    def perform(
        self,
        operation: Callable[..., Result],
        deadline: float | None,
        noted: Noted = (),
        *arguments: Any,
    ) -> Result:
        """Return the result of OPERATION, once all the data that it needs has arrived.

        The result is also added to NOTED, whatever happens after the operation.
        """
        while True:
            with self._lock:
                fills = self._fills
                try:
                    # No plain call: see `interprocess._interface.lifetime`.
                    [result] = starmap(operation, (arguments,))
                    noted += (result,)
                    return result
                except ssl.SSLWantReadError:
                    pass
            # Without waiting: the peer may be unable to receive until its own data is received.
            self.try_to_flush()
            self._fill(fills, deadline)

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
                # No plain calls: when a signal handler raises, the received data must neither be
                # lost nor be there twice. See `interprocess._interface.lifetime`.
                if received[0]:
                    [_] = map(self._incoming.write, (memoryview(self._buffer)[: received[0]],))
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
