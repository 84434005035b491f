"""Operations whose end a completion port reports: how asynchronous Windows fits together.

**The course of an operation.** A verb of a stream (`owners`) makes an object for one ReadFile or
WriteFile (`reads_and_writes`), with its own `OVERLAPPED` and memory, and hands it to the
`Completion` of its direction (`interprocess._runtimes`). That calls `begin`:

1. `Association.ensure` attaches the handle to the completion port of the running loop, once.
2. The C function is called. The operation ends at once or continues: the port reports the end in
   both cases.
3. `runtime.watch` keeps the operation alive until then. asyncio's proactor keeps it like its own
   operations; with trio it is in our own table, in which one system task looks up addresses.
4. The task waits. The port reports only an address. This wakes the task, which asks the operation
   itself whether it has ended (`OVERLAPPED.Internal`) and for its result.

See "I/O Completion Ports", "CreateIoCompletionPort function" and "Synchronization and Overlapped
Input and Output" on Microsoft Learn.

**Memory.** The system reads from the memory and writes to it and to the `OVERLAPPED` until the
operation has ended. A task may be destroyed before that, and a loop may be closed. So data is
copied, the operation owns the copy, and only the port's report releases the operation.

**Cancelling.** CancelIoEx asks for the end and does not wait for it ("Canceling Pending I/O
Operations"). The operation may still succeed and have received or sent data. So a cancelled task
waits for the end. With trio, it then returns the result, if there is one, instead of being
cancelled. asyncio raises `CancelledError` in any case, so the verb asks `done_in_vain`: data that
was read is kept for the next call, and a completed write closes the stream for sending.

**Events that no port reports.** These are handled separately:

- A call that fails at once has begun no operation. `Transfer.begin` stores the error for the task.
  A message that is longer than the memory (ERROR_MORE_DATA) is a success for the port.
- A client that connected before ConnectNamedPipe was called (ERROR_PIPE_CONNECTED).
- The end of FlushFileBuffers: this needs a thread (`named_pipe._async_flush`).
- A free instance of a busy pipe. WaitNamedPipeW blocks and cannot be interrupted, so `connect`
  polls; asyncio's own pipes do the same.
- A synchronous call on the same handle, whose event has its lowest bit set
  ("GetQueuedCompletionStatus function"). So such calls still work beside a loop.

**Dead ends.**

- Reusing an `OVERLAPPED`. A report may come after the end is already known, and would be mistaken
  for the end of the next operation. A `PortOperation` is used once.
- The proactor's public methods (`recv`, `send`, the loop's `sock_recv`): they lose data that a
  cancelled task has received. Only `_register` returns the operation itself; tests check that it
  exists.
- Another port for the same pipe: Windows refuses it (ERROR_INVALID_PARAMETER) while any handle of
  that end is open. So an end belongs to one loop, and all handles of the end share the record of it
  (`Origin.association`).
- A read of zero bytes as a readiness check: it may leave a message where it is.
- A thread that waits for the events of all operations: one wait takes only 64 events, and each call
  needs two thread switches.
- Giving up trio's completion key at the end of a run: later reports would find no queue.
- Trusting the error of a call. A finalizer may make another call before the error is read, so
  `goes_on_cancelled` asks the system about an operation that seems to have failed.
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
    """The completion port of a pipe's operations, shared by all handles of one end."""

    __slots__ = ("owner",)

    def __init__(self) -> None:
        #: The owner of the port; `None` while there is no port.
        self.owner: object | None = None

    @staticmethod
    def of(origin: Origin) -> Association:
        """Return the association of an end of a pipe."""
        if origin.association is None:
            origin.association = Association()
        return origin.association

    def ensure(self, handle: int, runtime: CompletionRuntime) -> None:
        """Attach HANDLE to the completion port of the running loop."""
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
        "this end of a pipe was used with another event loop or process: Windows binds it to that"
    )


class PortOperation(WatchedOperation):
    """An operation of the system.

    `receives` is true for a read.

    It is never reused: the port may report its end when that is already known, and the report would
    be mistaken for the end of the next operation.
    """

    receives = False

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.overlapped = _calls.new_overlapped(0)
        self.address = _calls.address_of(self.overlapped)

    @property
    def status(self) -> int:
        """The result code of the operation: 0 is success."""
        return self.overlapped.Internal  # type: ignore[no-any-return]  # a field of integers

    @property
    def pending(self) -> bool:
        return self.status == _calls.STATUS_PENDING

    def goes_on_cancelled(self) -> bool:
        """Return true if it continues although its call seems to have failed, and cancel it then.

        The error may be that of another call: see `interprocess.os.windows._handle.operation`.
        """
        try:
            return _calls.cancel(self.handle, self.overlapped)
        except OSError:
            return False

    @property
    def count(self) -> int:
        """The number of bytes transferred, once the operation has ended."""
        return self.overlapped.InternalHigh  # type: ignore[no-any-return]  # a field of integers

    def cancel(self) -> bool:
        if self.pending:
            try:
                _calls.cancel(self.handle, self.overlapped)
            except OSError:
                pass  # The handle was closed, which also ends the operation.
        return False
