"""The server's side of a named pipe for asynchronous runtimes: the counterpart of `_pipe.server`.

A server belongs to one event loop, and one task at a time accepts.
"""

from __future__ import annotations

from interprocess._interface.async_runtime import Operation
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.timeouts import pauses
from interprocess.os.windows import _calls
from interprocess.os.windows._async_pipe.end import AsyncPipeHandle
from interprocess.os.windows._async_pipe.operation import Association, PortOperation
from interprocess.os.windows._pipe.instances import PipeInstances, WaitingInstance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interprocess._interface.async_runtime import CompletionRuntime
    from interprocess.os.windows._pipe.creation import PipeCreation
    from interprocess.os.windows._pipe.end import PipeHandle


class AsyncInstance(WaitingInstance):
    """An instance of a pipe, which waits for its client from the first `accept` on."""

    def __init__(self, handle: PipeHandle) -> None:
        super().__init__(handle)
        self._operation: PortOperation | None = None

    def begin(self, runtime: CompletionRuntime, wake: Callable[[], None]) -> None:
        """Begin to wait for a client, unless already waiting; WAKE is called when one has come."""
        if self.connected or (self._operation is not None and self._operation.pending):
            return
        if self._operation is not None and not self._operation.status:
            self.connected = True
            return
        value = self.handle.value
        Association.of(self.handle.origin).ensure(value, runtime)
        operation = PortOperation(value)
        try:
            # No port reports a client that came earlier.
            self.connected = _calls.connect_named_pipe(value, operation.overlapped)
        except OSError as error:
            if operation.goes_on_cancelled():
                runtime.watch(operation, wake)  # Keeps its memory until it has ended.
                self.begin(runtime, wake)
                return
            if _calls.error_number(error) != _calls.ERROR_NO_DATA:
                raise
            # It has already left. The data that it sent can be received.
            self.connected = True
        if not self.connected:
            self._operation = operation
            runtime.watch(operation, wake)
            # Clients that have come since need no report.
            self.connected = not operation.pending and not operation.status

    def give_up(self) -> PipeHandle:
        operation, self._operation = self._operation, None
        if operation is not None:
            # The runtime keeps its memory until the operation ends.
            operation.cancel()
        return self.handle


class AsyncPipeServer(PipeInstances):
    """A pipe that takes clients, for one event loop."""

    _instances: list[AsyncInstance]

    def __init__(
        self,
        creation: PipeCreation,
        runtime: CompletionRuntime,
        adopted: Sequence[PipeHandle] = (),
    ) -> None:
        """Begin to listen; the arguments are those of `PipeServer`."""
        self.creation = creation
        self.closing = False
        self._runtime = runtime
        self.accepting = runtime.completion("accepting from")
        self._listen(adopted)

    def _new_instance(self, handle: PipeHandle) -> AsyncInstance:
        return AsyncInstance(handle)

    async def accept(self) -> AsyncPipeHandle:
        """Wait for the next client and return its handle. A cancelled call loses no client."""
        for pause in pauses():
            self.check_open()
            if self._have_one():
                break
            # No port reports that a client of a closed end has left.
            await self._runtime.sleep(pause)
        return await self.accepting.perform(_NextClient(self))  # type: ignore[no-any-return]  # what `take` returns

    def begin_all(self, wake: Callable[[], None]) -> None:
        """Let every instance wait for a client."""
        if not self._have_one():
            raise self.creation.busy_error()
        for instance in self._instances:
            instance.begin(self._runtime, wake)

    def check_open(self) -> None:
        """Raise `ClosedError` after `close`."""
        if self.closing:
            raise ClosedError

    def has_client(self) -> bool:
        """Return true if `take` has something to return or raise."""
        return bool(self.closing) or any(instance.connected for instance in self._instances)

    def take(self) -> AsyncPipeHandle:
        """Return the server's handle for a client that has come."""
        self.check_open()
        instance = next(instance for instance in self._instances if instance.connected)
        handle = self._take(instance)
        assert handle is not None, "one task at a time accepts"
        return AsyncPipeHandle.from_sync(handle, self._runtime)

    def close(self) -> None:
        """Stop listening. A task inside `accept` is woken and gets `ClosedError`."""
        if self.closing:
            return
        self.closing = True
        self._close_all()
        self.accepting.wake_soon()

    def give_up_all(self) -> list[PipeHandle]:
        """Stop listening, and return the ends of all instances, which the caller then owns."""
        self.check_open()
        if self.accepting.busy:
            raise ValueError("another task is accepting from this listener")
        self.closing = True
        handles = [instance.give_up() for instance in self._instances]
        self._instances.clear()
        return handles


class _NextClient(Operation):
    """Waiting until one of the instances has a client."""

    def __init__(self, server: AsyncPipeServer) -> None:
        self._server = server
        self._wake: Callable[[], None] = lambda: None

    def begin(self, wake: Callable[[], None]) -> None:
        self._server.check_open()
        self._wake = wake

    def ended(self) -> bool:
        if not self._server.closing:
            # Repeated after a wake-up: an instance has a client, or has to wait again.
            self._server.begin_all(self._wake)
        return self._server.has_client()

    def cancel(self) -> bool:
        return True

    def was_cancelled(self) -> bool:
        return True

    def finish(self) -> AsyncPipeHandle:
        return self._server.take()

    def leave(self) -> None:
        pass
