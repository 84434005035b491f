"""Tracing a part of a program."""

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
    """The calls that were made while a trace was active, in the order in which they began.

    Made by `trace`. It can be looked at while it is active, by other threads too; calls that still
    go on then, or went on when it ended, have no duration.
    """

    __module__ = "interprocess.trace"

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._is_active = False

    def __enter__(self) -> Trace:
        if self._is_active:
            raise RuntimeError("this trace is active already")
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
            # A call that goes on was unfinished when the trace ended, and stays so here.
            self._records = [[*record] for record in self._records]

    def __del__(self) -> None:
        # A signal handler may have raised where `__exit__` begins.
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
        """Return a line for each call, like strace's."""
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        state = "active" if self._is_active else "ended"
        return f"<Trace of {len(self)} calls, {state}>"

    def json_lines(self) -> str:
        """Return an object of JSON in a line for each call; `Call.as_dict` says what is in it."""
        return "".join(json.dumps(call.as_dict()) + "\n" for call in self)

    def html(self, title: str = "Trace") -> str:
        """Return a page with a timeline: a column for each thread of each process.

        It needs nothing from elsewhere, so that it can be sent and kept as one file.
        """
        from interprocess.trace._html import page

        return page(self, title)


def trace() -> Trace:
    """Return a context manager that records every call that the package makes to C meanwhile.

    All threads of the process are traced, and streams that were made before too. Traces may be
    nested, overlap, and begin and end while calls are in progress: a call belongs to those that
    were active when it began. A call that was in progress when tracing began is not seen.
    """
    return Trace()
