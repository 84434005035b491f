"""The handle of one end of a pipe for asynchronous runtimes."""

from __future__ import annotations

from interprocess.os.windows._async_operation import Association
from interprocess.os.windows._pipe_handle import PipeHandle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.async_runtime import CompletionRuntime


class AsyncPipeHandle(PipeHandle):
    """One end of a pipe, of whose operations a runtime's completion port tells."""

    __slots__ = ("runtime",)

    association: Association

    def __init__(
        self, value: int, runtime: CompletionRuntime, association: Association | None = None
    ) -> None:
        super().__init__(value)
        self.runtime = runtime
        self.association = Association() if association is None else association

    @classmethod
    def from_sync(cls, handle: PipeHandle, runtime: CompletionRuntime) -> AsyncPipeHandle:
        """Return the owner of what HANDLE owned."""
        new = cls(handle.detach(), runtime, handle.association)
        new.dirty = handle.dirty
        return new

    def to_sync(self) -> PipeHandle:
        """Return the owner of what this owned."""
        new = PipeHandle(self.detach())
        new.association, new.dirty = self.association, self.dirty
        return new

    def successor(self, value: int) -> AsyncPipeHandle:
        """Return the owner of VALUE, a handle for the same end."""
        return AsyncPipeHandle(value, self.runtime, self.association)
