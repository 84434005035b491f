"""Operations whose end a completion port reports: how asynchronous Windows fits together.

**The way of an operation.** A verb of a stream (`owners`) makes an object for one ReadFile or
WriteFile (`reads_and_writes`), with an `OVERLAPPED` and memory of its own, and hands it to the
`Completion` of its direction (`interprocess._runtimes`). That calls `begin`:

1. `Association.ensure` attaches the handle to the completion port of the loop that runs, once.
2. The C function is called. It has ended already, or goes on: the port reports either.
3. `runtime.watch` has the runtime keep the operation until then. asyncio's proactor keeps it as it
   keeps its own; with trio it is in a table of ours, and one system task looks addresses up there.
4. The task waits. The port's report is an address and no more: it wakes the task, which asks the
   operation itself whether it has ended (`OVERLAPPED.Internal`) and what came of it.

"I/O Completion Ports", "CreateIoCompletionPort function" and "Synchronization and Overlapped Input
and Output" on Microsoft Learn.

**Memory.** The system reads from the memory and writes to it and to the `OVERLAPPED` until the
operation has ended. A task may be thrown away before that, and a loop may be closed. So data is
copied, the operation owns the copy, and nothing but the port's report lets it go.

**Cancelling.** CancelIoEx asks for the end and does not wait for it ("Canceling Pending I/O
Operations"). The operation may end well all the same, having received or sent. So a cancelled task
stays until the end. trio asks then whether anything was done and returns that instead of being
cancelled. asyncio raises `CancelledError` in any case, so the verb asks `done_in_vain`: what a read
brought is kept for the next call, and a write that went out closes the stream for sending.

**What no port reports.** These have ways of their own:

- What fails at once was never begun. `Transfer.begin` keeps the error for the task to find. A
  message that is longer than the memory (ERROR_MORE_DATA) is a success to the port.
- A client that connected before ConnectNamedPipe was called (ERROR_PIPE_CONNECTED).
- The end of FlushFileBuffers: it takes a thread (`named_pipe._async_flush`).
- A free instance of a busy pipe. WaitNamedPipeW blocks, and nothing ends it, so `connect` asks
  again after pauses; asyncio's own pipes do the same.
- A synchronous call on the same handle, whose event has its lowest bit set: "GetQueuedCompletion-
  Status function". That is why such calls go on working beside a loop.

**Dead ends.**

- An `OVERLAPPED` that is used again. A report may come after everybody knows of the end, and would
  be taken for the end of the next operation. `PortOperation` is used once.
- The proactor's public methods (`recv`, `send`, the loop's `sock_recv`): they lose what a cancelled
  task has received. Only `_register` gives the operation itself back; tests pin it.
- Another port for the same pipe: Windows refuses it (ERROR_INVALID_PARAMETER), for as long as any
  handle of that end is open. So an end belongs to one loop, and what remembers that is shared by
  all handles of the end (`Origin.association`).
- A read of no bytes, to learn when something is there: it leaves a message where it is.
- A thread that waits for an event for each operation: the wait takes 64 events, and each call two
  changes of thread.
- Leaving trio's completion key at the end of a run: reports that come later would find no queue.
- The error of a call as the last word. A finalizer may make a call of its own before the error is
  read, so `goes_on_cancelled` asks the system about an operation that seems to have failed.
"""

from __future__ import annotations

from interprocess._interface.async_runtime import WatchedOperation
from interprocess.errors import UnsupportedError
from interprocess.os.windows import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.async_runtime import CompletionRuntime
    from interprocess.os.windows._pipe.origin import Origin


class Association:
    """The completion port of a pipe's operations, one for all handles of one end."""

    __slots__ = ("owner",)

    def __init__(self) -> None:
        #: What the port belongs to, `None` as long as there is no port.
        self.owner: object | None = None

    @staticmethod
    def of(origin: Origin) -> Association:
        """Return that of an end of a pipe."""
        if origin.association is None:
            origin.association = Association()
        return origin.association

    def ensure(self, handle: int, runtime: CompletionRuntime) -> None:
        """Have the port of the loop that runs tell of HANDLE's operations."""
        owner, port, key = runtime.port()
        if self.owner is owner:
            return
        if self.owner is not None:
            raise _belongs_elsewhere()
        try:
            _calls.associate_with_port(handle, port, key)
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_INVALID_PARAMETER:
                raise
            raise _belongs_elsewhere() from None
        self.owner = owner


def _belongs_elsewhere() -> UnsupportedError:
    return UnsupportedError(
        "this end of a pipe was used with another event loop or process, and Windows keeps it there"
    )


class PortOperation(WatchedOperation):
    """An operation of the system.

    It is never used again: the port may tell of its end when everybody knows it already, and would
    then be taken for telling of the next one.
    """

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.overlapped = _calls.new_overlapped(0)
        self.address = _calls.address_of(self.overlapped)

    @property
    def status(self) -> int:
        """How it ended: 0 is well."""
        return self.overlapped.Internal  # type: ignore[no-any-return]  # a field of integers

    @property
    def pending(self) -> bool:
        return self.status == _calls.STATUS_PENDING

    def goes_on_cancelled(self) -> bool:
        """Return whether it goes on although its call seems to have failed, and cancel it then.

        The error may be another's: `interprocess.os.windows._handle.operation` says more.
        """
        try:
            return _calls.cancel(self.handle, self.overlapped)
        except OSError:
            return False

    @property
    def count(self) -> int:
        """How many bytes it transferred, when it has ended."""
        return self.overlapped.InternalHigh  # type: ignore[no-any-return]  # a field of integers

    def cancel(self) -> bool:
        if self.pending:
            try:
                _calls.cancel(self.handle, self.overlapped)
            except OSError:
                pass  # The handle was closed, which ends it as well.
        return False
