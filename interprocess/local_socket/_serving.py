"""`serve`: a robust server with a thread for each client."""

from __future__ import annotations

import sys
import threading
import warnings
from _thread import TIMEOUT_MAX, allocate_lock
from time import sleep

from interprocess._interface.accepting import PAUSE, warn
from interprocess._interface.serving import CLOSING_TIME, check_arguments, client_has_left
from interprocess._interface.timeouts import deadline_after, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from interprocess._interface.accepting import Servable

    StreamType = TypeVar("StreamType")

#: The longest single wait, in seconds. On Windows, Ctrl-C does not interrupt a wait for a lock.
_LONGEST_WAIT = 0.1 if sys.platform == "win32" else TIMEOUT_MAX


def serve(
    listener: Servable[StreamType],
    handler: Callable[[StreamType], object],
    *,
    max_clients: int | None = 100,
    grace: float | None = 10.0,
    on_error: Callable[[Exception, StreamType], object] | None = None,
) -> None:
    """Serve clients until the listener is closed: call `handler(stream)` in a thread for each.

    The stream is closed when the handler returns or raises. At most `max_clients` are served at a
    time (`None`: any number); further clients wait to be accepted. The default leaves a second
    descriptor for each client where a process may have 256.

    An exception of the handler ends only its own client. It is reported like that of any thread
    (`threading.excepthook`: a traceback on standard error), unless it means that the client has
    left (`BrokenPipeError`, `ConnectionResetError`, `IncompleteReadError`). With `on_error`,
    `on_error(error, stream)` is called in the client's thread instead, in each case. Errors of
    handlers whose streams `serve` has closed are not reported.

    When descriptors or memory have run out, accepting pauses, and a `RuntimeWarning` reports it.

    Closing the listener, from another thread or a signal handler, ends serving: no more clients are
    accepted, handlers have `grace` seconds to finish (`None`: forever), and then their streams are
    closed under them. When an exception ends it, such as `KeyboardInterrupt`, the streams are
    closed at once. Either way the listener is closed and the handlers' threads have ended when
    `serve` returns. Handlers that run for 5 more seconds with a closed stream are left behind as
    daemon threads, and a `RuntimeWarning` reports it.
    """
    check_arguments(listener, handler, max_clients, grace, on_error)
    _Serving(listener, handler, max_clients, on_error).run(grace)


class _Serving:
    """The clients that are being served."""

    def __init__(
        self,
        listener: Servable[Any],
        handler: Callable[[Any], object],
        max_clients: int | None,
        on_error: Callable[[Exception, Any], object] | None,
    ) -> None:
        self._listener = listener
        self._handler = handler
        self._max_clients = max_clients
        self._on_error = on_error
        #: The lifetime to close in order to end each client.
        self._clients: dict[threading.Thread, Any] = {}
        self._ended: list[threading.Thread] = []
        self._closing = False
        # Held until something has changed. A signal handler may release it at any point, which no
        # other primitive of `threading` allows.
        self._unchanged = allocate_lock()
        self._unchanged.acquire()

    def run(self, grace: float | None) -> None:
        """Accept clients until the listener is closed, then give them GRACE seconds."""
        listener = self._listener
        time_left: float | None = 0.0
        listener._watch_close(self._tell_change)
        try:
            while self._has_room():
                try:
                    stream = next(listener)
                except StopIteration:
                    break
                self._start(stream)
            time_left = grace
        finally:
            listener._unwatch_close(self._tell_change)
            listener.close()
            self._finish(time_left)

    def _start(self, stream: Any) -> None:
        """Serve STREAM in a new thread, waiting if necessary until one can be started."""
        try:
            while not self._start_thread(stream):
                sleep(PAUSE)
                if self._listener.closed:
                    stream.close()
                    return
        except BaseException:
            self._closing = True  # The thread may have started nevertheless.
            stream.close()
            raise

    def _start_thread(self, stream: Any) -> bool:
        thread = threading.Thread(
            target=self._serve,
            args=(stream,),
            name=f"client of {getattr(self._listener, 'name', self._listener)}",
            daemon=True,
        )
        # Before the start: the handler may give it up, and an interrupt may come after the start.
        self._clients[thread] = _lifetime_of(stream)
        try:
            thread.start()
        except RuntimeError as error:
            del self._clients[thread]
            warn(self._listener, error)
            return False
        return True

    def _serve(self, stream: Any) -> None:
        try:
            self._handler(stream)
        except Exception as error:
            if not self._dealt_with(error, stream):
                raise  # `threading` reports it.
        finally:
            stream.close()
            self._ended.append(threading.current_thread())
            self._tell_change()

    def _dealt_with(self, error: Exception, stream: Any) -> bool:
        if self._closing and isinstance(error, (ValueError, OSError, EOFError)):
            return True  # Closing the stream caused it.
        if self._on_error is None:
            return client_has_left(error)
        self._on_error(error, stream)
        return True

    def _tell_change(self) -> None:
        """Wake `serve`: a client has ended, or the listener is closed."""
        try:
            self._unchanged.release()
        except RuntimeError:
            pass  # It is awake already.

    def _has_room(self) -> bool:
        """Wait until one more client may be served; return `False` once the listener is closed."""
        most = self._max_clients
        while not self._listener.closed:
            self._join_ended()
            if most is None or len(self._clients) < most:
                return True
            self._wait_for_change(None)
        return False

    def _all_ended(self, deadline: float | None) -> bool:
        """Wait until DEADLINE for all clients to end, and return whether they have."""
        while True:
            self._join_ended()
            if not self._clients or remaining(deadline) == 0:
                return not self._clients
            self._wait_for_change(deadline)

    def _wait_for_change(self, deadline: float | None) -> None:
        left = remaining(deadline)
        self._unchanged.acquire(timeout=_LONGEST_WAIT if left is None else min(left, _LONGEST_WAIT))

    def _join_ended(self) -> None:
        while self._ended:
            thread = self._ended[0]
            thread.join()
            self._clients.pop(thread, None)
            del self._ended[0]  # Last, since an interrupt may come first.

    def _finish(self, grace: float | None) -> None:
        try:
            if self._all_ended(deadline_after(grace)):
                return
        finally:
            self._closing = True
            for lifetime in list(self._clients.values()):
                lifetime.close()
        if not self._all_ended(deadline_after(CLOSING_TIME)):
            warnings.warn(
                f"handlers that still run although their streams are closed: {len(self._clients)}",
                RuntimeWarning,
                stacklevel=4,
            )


def _lifetime_of(stream: Any) -> Any:
    """Return the lifetime of the connection, even if files over the stream keep it open."""
    return stream._handle if sys.platform == "win32" else stream._descriptor
