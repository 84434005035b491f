"""An asynchronous server of a named pipe, for any runtime."""

from __future__ import annotations

from typing import Any, TypeVar

from interprocess._interface.argument_types import check_type
from interprocess._interface.async_owner import refuse_nonblocking
from interprocess.os.windows._async_pipe.listener import AsyncServerOwner
from interprocess.os.windows._pipe.state import has_left
from interprocess.os.windows.named_pipe._async_stream import AsyncPipeStream
from interprocess.os.windows.named_pipe._listener import PipeListener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.named_pipe._enumerations import PipeMode
    from interprocess.os.windows.named_pipe._options import PipeListenerOptions

    ListenerType = TypeVar("ListenerType", bound="AsyncPipeListener[Any]")

StreamType = TypeVar("StreamType", bound=AsyncPipeStream[Any, Any])


class AsyncPipeListener(AsyncServerOwner[StreamType]):
    """A server's end of a named pipe: the instances that wait for clients.

    Made by `PipeListenerOptions(…).create_asyncio(…)` or `create_trio(…)`;
    `from_handle_and_options` adopts one. Its streams receive in `recv_mode` and send in
    `send_mode`.

    Iterating with `async for` gives a stream for each client and ends when the listener is closed.
    One task at a time may accept.
    """

    options: PipeListenerOptions
    recv_mode: PipeMode | None
    send_mode: PipeMode | None
    _stream_type: type[StreamType]

    @classmethod
    def from_options(
        cls: type[ListenerType],
        options: PipeListenerOptions,
        recv_mode: PipeMode | None,
        send_mode: PipeMode | None,
    ) -> ListenerType:
        """Return a new listener; `PipeListenerOptions.create` says more."""
        refuse_nonblocking(options.nonblocking)
        return cls.from_sync(PipeListener.from_options(options, recv_mode, send_mode))

    @classmethod
    def from_handle_and_options(
        cls: type[ListenerType],
        handle: int,
        options: PipeListenerOptions,
        recv_mode: PipeMode | None,
        send_mode: PipeMode | None,
    ) -> ListenerType:
        """Adopt the HANDLE of an instance, as the synchronous `PipeListener` does."""
        refuse_nonblocking(options.nonblocking)
        return cls.from_sync(
            PipeListener.from_handle_and_options(handle, options, recv_mode, send_mode)
        )

    @classmethod
    def from_sync(cls: type[ListenerType], listener: PipeListener) -> ListenerType:
        """Return the asynchronous listener for a synchronous one, which gives up its handles."""
        check_type("from_sync", listener, PipeListener)
        new = cls.__new__(cls)
        new.options = listener.options
        new.recv_mode, new.send_mode = listener.recv_mode, listener.send_mode
        new._take_over(listener)
        return new

    def to_sync(self) -> PipeListener:
        """Return the synchronous listener for this one, which gives up its handles.

        Raises `ValueError` as `detach` does.
        """
        listener = PipeListener.__new__(PipeListener)
        listener.options = self.options
        listener.recv_mode, listener.send_mode = self.recv_mode, self.send_mode
        self._hand_over(listener)
        return listener

    async def accept(self) -> StreamType:
        """Wait for the next client and return its stream. ConnectNamedPipe function.

        Skips clients that have already left without leaving data to receive. A cancelled call loses
        no client. Raises `ValueError` if the listener is closed before or during the call, and
        `OSError` if all instances that the limit allows are in use.
        """
        while True:
            handle = await self._server.accept()
            if not handle.perform(has_left, handle.origin):
                return self._stream_type._in_modes(handle, self.recv_mode, self.send_mode)
            handle.close()
