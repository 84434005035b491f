"""A server whose clients' bytes go through memory."""

from __future__ import annotations

from time import monotonic

from interprocess.local_socket import Listener as PlainListener
from interprocess.shared_memory.local_socket._channel import PATIENCE, ServerChannel
from interprocess.shared_memory.local_socket._stream import Stream


class Listener(PlainListener):
    """A server's end of a local socket, for connections through memory.

    Made by `listen(…)`. All but the streams that it gives is as for
    `interprocess.local_socket.Listener`.
    """

    __module__ = "interprocess.shared_memory.local_socket"

    def __enter__(self) -> Listener:
        return self

    def accept(self, timeout: float | None = None) -> Stream:  # type: ignore[override]  # its like
        """Wait for the next client and return its stream.

        Takes what the client offers, for which it waits 0.1 seconds at most: a client that says
        nothing does not keep others waiting, and what it says later is taken by the first call of
        its stream. Otherwise as `interprocess.local_socket.Listener.accept`.
        """
        main = super().accept(timeout)
        try:
            nonblocking = main._is_nonblocking()
            if nonblocking:
                main.set_nonblocking(False)
            stream = Stream._over(ServerChannel(), main, None)
        except BaseException:
            main.close()
            raise
        try:
            stream._opened(monotonic() + PATIENCE)
        except (OSError, ValueError):
            pass  # The first call tries again, or raises the same.
        except BaseException:
            stream.close()
            raise
        stream._nonblocking = nonblocking
        return stream
