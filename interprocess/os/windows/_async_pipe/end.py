"""The handle of one end of a pipe for asynchronous runtimes."""

from __future__ import annotations

from interprocess.os.windows._async_pipe.operation import Association, PortOperation
from interprocess.os.windows._pipe.end import PipeHandle
from interprocess.os.windows._pipe.origin import Origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.async_runtime import CompletionRuntime


class AsyncPipeHandle(PipeHandle):
    """One end of a pipe whose operations a runtime's completion port reports."""

    __slots__ = ("association", "runtime")

    def __init__(
        self, runtime: CompletionRuntime, origin: Origin, value: int | None = None
    ) -> None:
        super().__init__(value, origin=origin)
        self.runtime = runtime
        self.association = Association.of(origin)

    @classmethod
    def from_sync(cls, handle: PipeHandle, runtime: CompletionRuntime) -> AsyncPipeHandle:
        """Return the new owner of the end that HANDLE owned."""
        return handle._move_all_to(cls(runtime, handle.origin))

    @classmethod
    def adopt(cls, value: int, runtime: CompletionRuntime) -> AsyncPipeHandle:
        """Return the owner of an adopted handle."""
        return cls(runtime, Origin(), value)

    def end_receiving(self) -> None:
        super().end_receiving()
        for operation in tuple(self.operations):
            if isinstance(operation, PortOperation) and operation.receives:
                operation.cancel()

    def bind_to_loop(self) -> None:
        """Bind the handle to the running loop; raise `UnsupportedError` if another has it."""
        self.perform(self.association.ensure, self.runtime)

    def to_sync(self) -> PipeHandle:
        """Return the new owner, for the synchronous classes."""
        return self._move_all_to(PipeHandle(origin=self.origin))

    def successor(self) -> AsyncPipeHandle:
        """Give the handle to a new owner and return it."""
        return self._move_all_to(AsyncPipeHandle(self.runtime, self.origin))

    def clone(self) -> AsyncPipeHandle:
        """Return the owner of another handle for the same end. DuplicateHandle function."""
        return self._duplicate_for(AsyncPipeHandle(self.runtime, self.origin))
