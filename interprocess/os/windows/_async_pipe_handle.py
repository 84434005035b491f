"""The handle of one end of a pipe for asynchronous runtimes."""

from __future__ import annotations

from interprocess.os.windows._async_operation import Association
from interprocess.os.windows._pipe_handle import PipeHandle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.async_runtime import CompletionRuntime
    from interprocess.os.windows._origin import Origin


class AsyncPipeHandle(PipeHandle):
    """One end of a pipe, of whose operations a runtime's completion port tells."""

    __slots__ = ("association", "runtime")

    def __init__(
        self, value: int, runtime: CompletionRuntime, origin: Origin | None = None
    ) -> None:
        super().__init__(value, origin=origin)
        self.runtime = runtime
        if self.origin.association is None:
            self.origin.association = Association()
        self.association = self.origin.association

    @classmethod
    def from_sync(cls, handle: PipeHandle, runtime: CompletionRuntime) -> AsyncPipeHandle:
        """Return the owner of what HANDLE owned."""
        new = cls(handle.detach(), runtime, handle.origin)
        handle._inherit(new)
        new.dirty, new.begun = handle.dirty, handle.begun
        return new

    def to_sync(self) -> PipeHandle:
        """Return the owner of what this owned."""
        new = self._inherit(PipeHandle(self.detach(), origin=self.origin))
        new.dirty, new.begun = self.dirty, self.begun
        return new

    def successor(self, value: int) -> AsyncPipeHandle:
        """Return the owner of VALUE, a handle for the same end."""
        successor = AsyncPipeHandle(value, self.runtime, self.origin)
        self._inherit(successor)
        return successor
