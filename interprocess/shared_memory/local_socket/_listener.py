"""A server for connections through memory."""

from __future__ import annotations

from time import monotonic

from interprocess.local_socket import Listener as PlainListener
from interprocess.shared_memory.local_socket._channel import PATIENCE, ServerChannel
from interprocess.shared_memory.local_socket._stream import Stream
from interprocess.shared_memory.local_socket._wires import Wires


class Listener(PlainListener):
    """A server's end of a local socket, for connections through memory.

    `listen(…)` creates it. Except for the streams that it returns, it works like
    `interprocess.local_socket.Listener`.
    """

    __module__ = "interprocess.shared_memory.local_socket"

    #: The message that `send_object` sends does not say that it is for connections through memory.
    _passed_as = ""

    def __enter__(self) -> Listener:
        return self

    def accept(self, timeout: float | None = None) -> Stream:  # type: ignore[override]  # a similar class
        """Wait for the next client and return its stream.

        Waits up to 0.1 seconds for the client's offer, so that a silent client does not delay the
        others. If the offer comes later, the first call of the stream receives it. Otherwise works
        like `interprocess.local_socket.Listener.accept`.
        """
        main = super().accept(timeout)
        try:
            nonblocking = main._is_nonblocking()
            if nonblocking:
                main.set_nonblocking(False)
            stream = Stream._over(ServerChannel(), Wires(main))
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
