"""The base of the asynchronous listeners of local sockets and of named pipes."""

from __future__ import annotations

from typing import TypeVar

from interprocess._interface.async_owner import AsyncClientIterator
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
from interprocess.os.windows._async_pipe.server import AsyncPipeServer
from interprocess.os.windows._pipe.instances import close_all
from interprocess.os.windows._pipe.listener import ServerOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.async_runtime import CompletionRuntime

StreamType = TypeVar("StreamType")


class AsyncServerOwner(AsyncClientIterator[StreamType], ServerOwner):
    """An object that owns an `AsyncPipeServer`, for one event loop."""

    _runtime: CompletionRuntime
    _server: AsyncPipeServer  # type: ignore[assignment]  # the same, awaited

    def _take_over(self, listener: ServerOwner) -> None:
        """Take the instances of a synchronous listener, and close that listener."""
        server = listener._server
        handles = server.give_up_all()
        try:
            self._server = AsyncPipeServer(server.creation, self._runtime, handles)
        except BaseException:
            close_all(handles)
            raise

    def _hand_over(self, listener: ServerOwner) -> None:
        """Give the instances to a synchronous listener."""
        server = self._server
        handles = server.give_up_all()
        mode = ListenerNonblockingMode.NEITHER
        try:
            listener._listen(server.creation, mode, handles)
        except BaseException:
            close_all(handles)
            raise

    def detach(self) -> int:
        """Return the `HANDLE` of one instance, which the caller then owns, and close the others.

        It stays bound to the completion port of the event loop that used it. Raises `ValueError`
        after `close()`, and while another task accepts.
        """
        if self.closed:
            raise closed_error(self)
        kept, *others = self._server.give_up_all()
        close_all(others)
        self._tell_close_watchers()
        return kept.detach()
