"""A layer over kernel32.dll, which answers as Windows does where Wine does not."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from interprocess._bindings.kernel32 import kernel32
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes, processes

#: Modules that call kernel32.
CALLERS: tuple[ModuleType, ...] = (_calls, pipes, processes)


class Layer:
    """A DLL with some functions replaced. A replacement gets the real function as its first
    argument.
    """

    def __init__(self, real: Any, functions: dict[str, Callable[..., int]]) -> None:
        self._real = real
        self._functions = functions

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        function = self._functions.get(name)
        if function is None:
            return real
        return lambda *arguments: function(real, *arguments)


def lay_over_kernel32(monkeypatch: pytest.MonkeyPatch, **functions: Callable[..., int]) -> None:
    """Replace functions of kernel32.dll by FUNCTIONS."""
    for caller in CALLERS:
        monkeypatch.setattr(caller, "kernel32", Layer(kernel32, functions))


def fail(number: int, result: int = 0) -> int:
    """Leave the error NUMBER behind, as a function does that fails with RESULT."""
    kernel32.SetLastError(number)
    return result
