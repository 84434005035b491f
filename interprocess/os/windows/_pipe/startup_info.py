"""The `STARTUPINFO` with which `subprocess` hands handles to a child process."""

from __future__ import annotations

import _winapi
import subprocess
from typing import Any

from interprocess.os.windows import _calls

#: Typed as Any: type checkers see fewer names on other systems.
_subprocess: Any = subprocess
_windows: Any = _winapi

#: The attributes of `STARTUPINFO` for the standard handles, and their numbers.
_STANDARD = {
    "hStdInput": _windows.STD_INPUT_HANDLE,
    "hStdOutput": _windows.STD_OUTPUT_HANDLE,
    "hStdError": _windows.STD_ERROR_HANDLE,
}


class StartupInfo(_subprocess.STARTUPINFO):  # type: ignore[misc]  # Any, to type checkers
    """A `STARTUPINFO` for a child that gets handles, including our standard handles.

    A child with a list of handles inherits no others. So it would have no input and output unless
    `Popen` redirects them. If `Popen` does, our own are left out, since the child would keep them
    open.
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
