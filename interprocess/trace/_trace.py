"""Trace a part of a program."""

from __future__ import annotations

import json
from collections.abc import Sequence

from interprocess.trace import _doors
from interprocess.trace._calls import call_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, overload

    from interprocess.trace._calls import Call
    from interprocess.trace._recording import Record


class Trace(Sequence["Call"]):
    """The calls that began while a trace was active, in the order of their beginning.

    `trace` creates it. Any thread can read it, even while the trace is active. A call that has not
    returned, or had not returned when the trace ended, has no duration.
    """

    __module__ = "interprocess.trace"

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._is_active = False

    def __enter__(self) -> Trace:
        if self._is_active:
            raise RuntimeError("this trace is already active")
        try:
            self._is_active = True
            _doors.open_doors(self._records)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        _doors.close_doors(self._records)
        if self._is_active:
            self._is_active = False
            # Calls that are still in progress stay unfinished in this trace.
            self._records = [[*record] for record in self._records]

    def __del__(self) -> None:
        # A signal handler may have raised at the beginning of `__exit__`.
        if getattr(self, "_is_active", False):
            self.__exit__()

    def __len__(self) -> int:
        return len(self._records)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Call: ...
        @overload
        def __getitem__(self, index: slice) -> list[Call]: ...

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [call_of(record) for record in self._records[index]]
        return call_of(self._records[index])

    def __str__(self) -> str:
        """Return a line for each call, in the style of strace."""
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        state = "active" if self._is_active else "ended"
        return f"<Trace of {len(self)} calls, {state}>"

    def json_lines(self) -> str:
        """Return a line with a JSON object for each call; `Call.as_dict` defines its contents."""
        return "".join(json.dumps(call.as_dict()) + "\n" for call in self)

    def html(self, title: str = "Trace") -> str:
        """Return a page with a timeline: a column for each thread of each process.

        The page is self-contained: you can send or keep it as one file.
        """
        from interprocess.trace._html import page

        return page(self, title)


def trace() -> Trace:
    """Return a context manager that records all calls that the package makes to C.

    It traces all threads of the process, and also streams that already exist. Traces may be nested,
    may overlap, and may begin and end while calls are in progress: a call belongs to the traces
    that were active when it began. A call that began before tracing is not recorded.
    """
    return Trace()
