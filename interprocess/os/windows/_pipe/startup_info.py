"""What `subprocess` starts a child process with that gets handles."""

from __future__ import annotations

import _winapi
import subprocess
from typing import Any

from interprocess.os.windows import _calls

#: For type checkers, these have less elsewhere.
_subprocess: Any = subprocess
_windows: Any = _winapi

#: The attributes of `STARTUPINFO` for the standard handles, and the numbers of these.
_STANDARD = {
    "hStdInput": _windows.STD_INPUT_HANDLE,
    "hStdOutput": _windows.STD_OUTPUT_HANDLE,
    "hStdError": _windows.STD_ERROR_HANDLE,
}


class StartupInfo(_subprocess.STARTUPINFO):  # type: ignore[misc]  # Any, to type checkers
    """A `STARTUPINFO` for a child that gets handles, and our standard ones.

    A child that is told which handles it gets does not get any others. So it would be left without
    input and output where `Popen` is not told of any. Where it is, our own are left out: the child
    would keep them open.
    """

    def __init__(self, handles: list[int], owned: list[int]) -> None:
        """Prepare to hand over HANDLES; duplicates of the standard handles are put into OWNED."""
        self._standard: dict[str, int] = {}
        for attribute, number in _STANDARD.items():
            handle = _windows.GetStdHandle(number)
            if handle:
                _calls.duplicate_handle(handle, True, owned)
                self._standard[attribute] = owned[-1]
        super().__init__(
            dwFlags=_subprocess.STARTF_USESTDHANDLES if self._standard else 0,
            **self._standard,
            lpAttributeList={"handle_list": [*handles, *self._standard.values()]},
        )

    @property
    def lpAttributeList(self) -> dict[str, list[int]]:  # noqa: N802  # STARTUPINFO has it
        """The handles that the child gets."""
        if any(getattr(self, name) != handle for name, handle in self._standard.items()):
            handles = self._attributes["handle_list"]
            self._attributes["handle_list"] = [
                handle for handle in handles if handle not in self._standard.values()
            ]
        return self._attributes

    @lpAttributeList.setter
    def lpAttributeList(self, attributes: dict[str, list[int]]) -> None:  # noqa: N802
        self._attributes = attributes

    def copy(self) -> StartupInfo:
        """Return a copy, which `Popen` changes."""
        new = StartupInfo.__new__(StartupInfo)
        new.__dict__.update(self.__dict__)
        new._attributes = dict(self._attributes)
        return new
