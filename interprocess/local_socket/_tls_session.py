"""The encrypted side of TLS over a stream.

OpenSSL reads and writes two buffers in memory; here stands what moves the bytes between those and a
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

#: How many bytes are received at once: some records of TLS, which have 16 KiB each.
_RECEIVED_AT_ONCE = 1 << 16


class Session:
    """What moves encrypted bytes between memory and the stream."""

    def __init__(
        self,
        stream: DuplexStream,
        ssl_object: ssl.SSLObject,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
    ) -> None:
        self._stream, self._ssl_object = stream, ssl_object
        self._incoming, self._outgoing = incoming, outgoing
        # C functions, as an interrupt after one in Python would lose what that has decrypted.
        c_object = getattr(ssl_object, "_sslobj", ssl_object)
        self.read: Callable[..., Any] = c_object.read
        self.write: Callable[..., Any] = c_object.write
        #: OpenSSL's objects, and so the buffers in memory, are for one thread at a time. Nothing
        #: waits while this is held.
        self._lock = RLock()
        self._receiving, self._sending = allocate_lock(), allocate_lock()
        self._receivers: list[int] = []
        self._senders: list[int] = []
        self._buffer = bytearray(_RECEIVED_AT_ONCE)
        #: How many bytes in the buffer OpenSSL has not got yet: one item, or none. 0 is the end.
        self._received: list[int] = []
        #: How often OpenSSL got something.
        self._fills = 0
        #: What is encrypted and not sent, and how much of that has been sent all the same.
        self._unsent = bytearray()
        self._sent: list[int] = []

    def perform(
        self,
        operation: Callable[..., Result],
        deadline: float | None,
        noted: Noted = (),
        *arguments: Any,
    ) -> Result:
        """Return what OPERATION returns, once all has come that it needs of the peer.

        The result is also added to NOTED, whatever happens after the operation.
        """
        while True:
            with self._lock:
                fills = self._fills
                try:
                    # Not called: see `interprocess._interface.lifetime`.
                    [result] = starmap(operation, (arguments,))
                    noted += (result,)
                    return result
                except ssl.SSLWantReadError:
                    pass
            # Not waiting: the peer may do nothing else before it is rid of what it sends.
            self.try_to_flush()
            self._fill(fills, deadline)

    def _fill(self, fills: int, deadline: float | None) -> None:
        """Receive something for OpenSSL, unless it got more than FILLS times something already."""
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
                # Not called: what was received must not be lost, nor be there twice, when a signal
                # handler raises. See `interprocess._interface.lifetime`.
                if received[0]:
                    [_] = map(self._incoming.write, (memoryview(self._buffer)[: received[0]],))
                else:
                    self._incoming.write_eof()
                del received[:]
                self._fills += 1

    def flush(self, deadline: float | None, must_not_wait: bool = False) -> None:
        """Send all that OpenSSL has written.

        Raises `BlockingIOError` where another thread does so and must not be waited for. That one
        looks again after it has let go, so that nothing stays that came meanwhile.
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
            # As above: no handler comes between the two, nor between reading and keeping.
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
        """Send what can be sent without waiting."""
        try:
            self.flush(monotonic(), must_not_wait=True)
        except (OSError, ValueError, RuntimeError):
            pass

    def say_goodbye(self) -> None:
        """Tell the peer that nothing comes after what was sent, if that needs no waiting."""
        if self._stream.closed or not self._lock.acquire(blocking=False):
            return
        try:
            self._ssl_object.unwrap()
        except (ssl.SSLError, ValueError):
            pass  # Most often: the peer has not said so yet, and we do not wait for that.
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
    """Hold LOCK, for which others wait until their deadlines; give whether it was got.

    It is not where that must not be waited for. HOLDERS is the thread that has it.
    """
    if get_ident() in holders:
        raise RuntimeError("a signal handler cannot use the stream that its thread is using")
    left = 0.0 if must_not_wait else remaining(deadline)
    taken: list[bool] = []
    try:
        # Not called: a signal handler may raise, and then it has to be known that we have it.
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
