"""The calls of kernel32.dll and ntdll.dll that transfer data, over the model of a pipe.

With these instead of the system's, the Windows backend's own code runs on any system. Where it
waits for an event, the model's clock goes on, and a script says what the other end does meanwhile.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.npfs import pipe as model
from tests.npfs.pipe import Pipe, Request

#: The system error codes of the statuses: `RtlNtStatusToDosError`.
ERRORS = {
    model.PENDING: 997,
    model.BUFFER_OVERFLOW: 234,
    model.PIPE_DISCONNECTED: 233,
    model.PIPE_CLOSING: 232,
    model.CANCELLED: 995,
    model.PIPE_BROKEN: 109,
}
#: Those of which Python makes an exception of its own.
PYTHONS = {109: errno.EPIPE, 232: errno.EPIPE, 5: errno.EACCES}

#: A negative number, to C.
ACCESS_DENIED = 0xC0000022 - (1 << 32)
WAIT_TIMEOUT = 258
NOT_FOUND = 1168
#: The states of an end: its peer is there, or has left.
CONNECTED, CLOSING = 3, 4
CLIENT, SERVER = 0x100, 0x104


class Windows:
    """The two ends of a pipe, with the handles `CLIENT` and `SERVER`, and the calls on them."""

    def __init__(self, ffi: Any, pipe: Pipe) -> None:
        self.pipe = pipe
        self.now = 1000.0
        self.error = 0
        #: Actions to run while a thread waits, one per wait.
        self.script: list[Callable[[], object]] = []
        #: The quota that a client's WriteQuotaAvailable is counted from; Wine does not report it.
        self.counted_from = "InboundQuota"
        #: Whether a handle may ask about the pipe: a server's that only sends may not.
        self.may_ask = True
        #: How many handles there are for the client's end, in all processes.
        self.client_handles = 1
        #: Called with a function's name before the function acts, on behalf of other threads.
        self.before: Callable[[str], object] = lambda _: None
        self._ffi = ffi
        self._begun: dict[int, tuple[Request, Any, Any]] = {}
        self._events = 0x1000

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    # Functions of kernel32.dll, as the backend calls them

    def CreateEventW(self, *_: object) -> int:  # noqa: N802
        """CreateEventW function."""
        self._events += 4
        return self._events

    def CloseHandle(self, handle: int) -> int:  # noqa: N802
        """CloseHandle function."""
        if handle in (CLIENT, SERVER):
            self.pipe.close(handle == SERVER)
        return 1

    def GetLastError(self) -> int:  # noqa: N802
        """GetLastError function."""
        return self.error

    def SetLastError(self, number: int) -> None:  # noqa: N802
        """SetLastError function."""
        self.error = number

    def WriteFile(  # noqa: N802
        self, handle: int, data: Any, size: int, _: object, overlapped: Any
    ) -> int:
        """WriteFile function."""
        self._let_others_go_on("WriteFile")
        request = Request()
        self.pipe.write(handle == SERVER, bytes(self._ffi.buffer(data, size)), request)
        return self._begin(request, overlapped, None)

    def ReadFile(  # noqa: N802
        self, handle: int, memory: Any, size: int, _: object, overlapped: Any
    ) -> int:
        """ReadFile function."""
        request = Request()
        self.pipe.read(handle == SERVER, size, request)
        return self._begin(request, overlapped, memory)

    def _begin(self, request: Request, overlapped: Any, memory: Any) -> int:
        overlapped.Internal = model.PENDING
        self._begun[overlapped.hEvent & ~1] = (request, overlapped, memory)
        self._deliver()
        return self._answer(request.status)

    def _deliver(self) -> None:
        """Write what has ended to where the programs want it."""
        for event, (request, overlapped, memory) in [*self._begun.items()]:
            if request.status != model.PENDING:
                overlapped.Internal, overlapped.InternalHigh = request.status, request.count
                if memory is not None:
                    self._ffi.buffer(memory)[: len(request.data)] = request.data
                self._begun.pop(event, None)

    def _answer(self, status: int) -> int:
        if status == model.SUCCESS:
            return 1
        self.error = ERRORS[status]
        return 0

    def CancelIoEx(self, _: int, overlapped: Any) -> int:  # noqa: N802
        """CancelIoEx function."""
        self._let_others_go_on("CancelIoEx")
        request, _overlapped, _memory = self._begun.get(overlapped.hEvent & ~1, (None, None, None))
        if request is None or not self.pipe.cancel(request):
            self.error = NOT_FOUND
            return 0
        self._deliver()
        return 1

    def WaitForSingleObject(self, event: int, milliseconds: int) -> int:  # noqa: N802
        """WaitForSingleObject function. The other end acts while this process waits."""
        self._let_others_go_on("WaitForSingleObject")
        while event in self._begun:
            if not milliseconds:
                return WAIT_TIMEOUT
            if self.script:
                self.script.pop(0)()
                self._deliver()
            self.now += milliseconds / 1000
            milliseconds = 0
        return 0

    def GetOverlappedResult(  # noqa: N802
        self, _: int, overlapped: Any, count: Any, __: object
    ) -> int:
        """GetOverlappedResult function."""
        count[0] = overlapped.InternalHigh
        return self._answer(overlapped.Internal)

    def PeekNamedPipe(  # noqa: N802
        self, handle: int, _: object, __: object, ___: object, total: Any, left: Any
    ) -> int:
        """PeekNamedPipe function."""
        queue = self.pipe.reads(handle == SERVER)
        entries = queue.entries if queue.state is model.State.WRITES else []
        if not entries and self.pipe.closed:
            return self._answer(model.PIPE_BROKEN)
        total[0] = sum(entry.size for entry in entries) - queue.offset
        left[0] = entries[0].size - queue.offset if entries else 0
        return 1

    def GetNamedPipeInfo(  # noqa: N802
        self, handle: int, flags: Any, output: Any, input_: Any, limit: Any
    ) -> int:
        """GetNamedPipeInfo function."""
        flags[0] = (handle == SERVER) | self.pipe.is_message << 2
        output[0], input_[0], limit[0] = self.pipe.outbound.quota, self.pipe.inbound.quota, 1
        return 1

    # Functions of ntdll.dll

    FilePipeLocalInformation = 24
    ObjectBasicInformation = 0

    def NtQueryInformationFile(  # noqa: N802
        self, handle: int, _: object, information: Any, __: int, ___: int
    ) -> int:
        """NtQueryInformationFile function, FilePipeLocalInformation."""
        self._let_others_go_on("NtQueryInformationFile")
        if not self.may_ask:
            return ACCESS_DENIED
        is_server = handle == SERVER
        information.InboundQuota = self.pipe.inbound.quota
        information.OutboundQuota = self.pipe.outbound.quota
        if self.counted_from:
            queue = self.pipe.writes(is_server)
            counted = queue.quota if is_server else getattr(information, self.counted_from)
            information.WriteQuotaAvailable = (counted - queue.used) % model.ULONG
        information.NamedPipeState = CLOSING if self.pipe.closed else CONNECTED
        information.NamedPipeEnd = is_server
        return 0

    def NtQueryObject(  # noqa: N802
        self, handle: int, _: int, information: Any, __: int, ___: object
    ) -> int:
        """NtQueryObject function, ObjectBasicInformation."""
        self._let_others_go_on("NtQueryObject")
        information.HandleCount = self.client_handles if handle == CLIENT else 1
        return 0

    def _let_others_go_on(self, function: str) -> None:
        self.before(function)
        self._deliver()

    # The other end, as a script uses it

    def read(self, size: int) -> bytes:
        """Make the server read available data, up to a size, without waiting."""
        request = Request()
        self.pipe.read(True, size, request)
        self.pipe.cancel(request)
        self._deliver()
        return request.data

    def install(self, monkeypatch: pytest.MonkeyPatch, modules: dict[str, ModuleType]) -> None:
        """Make the backend's modules, by name, call this."""
        for name, module in modules.items():
            if hasattr(module, "monotonic"):
                monkeypatch.setattr(module, "monotonic", self.monotonic)
            if name in ("_calls", "_calls.pipes"):
                monkeypatch.setattr(module, "kernel32", self)
        monkeypatch.setattr(modules["_calls.pipes"], "ntdll", self)
        monkeypatch.setattr(modules["_calls"], "ffi", _Ffi(self._ffi, self))
        if sys.platform != "win32":
            monkeypatch.setattr(modules["_calls"], "error_of", error_of)


class _Ffi:
    """cffi, which reads the last error of the model."""

    def __init__(self, ffi: Any, windows: Windows) -> None:
        self._ffi = ffi
        self._windows = windows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ffi, name)

    def getwinerror(self, _: int = -1) -> tuple[int, str]:
        """Return the last error and its text."""
        return self._windows.error, f"error {self._windows.error}"


def error_of(number: int, message: str, filename: str | None = None) -> OSError:
    """Return the exception that Python makes of a system error code on Windows."""
    error = OSError(PYTHONS.get(number, errno.EIO), message, filename)
    error.winerror = number  # type: ignore[attr-defined, unused-ignore]  # on Windows alone
    return error
