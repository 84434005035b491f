"""System calls that fail, or that a signal handler interrupts, one after the other."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from interprocess._bindings.libc import ffi, libc
from interprocess.os.unix import _calls

#: The calls that are made through the C library, and those that Python makes.
IN_C = ["socket", "bind", "listen", "connect"]
IN_C += [name for name in ("renameat2", "renamex_np") if hasattr(libc, name)]
IN_PYTHON = ["mkdir", "open", "fstat", "chmod", "lstat", "rename", "link", "unlink", "rmdir"]
STEPS = [*IN_C, *IN_PYTHON, "flock"]


class _Library:
    """The C library, with one function replaced."""

    def __init__(self, name: str, function: Callable[..., object]) -> None:
        self._name, self._function = name, function

    def __getattr__(self, name: str) -> object:
        return self._function if name == self._name else getattr(libc, name)


class Step:
    """The nth call of a function, which ends otherwise."""

    def __init__(self, name: str, nth: int, *, interrupted: bool) -> None:
        self.name = name
        self._left = nth
        self._interrupted = interrupted
        module = libc if name in IN_C else fcntl if name == "flock" else os
        self._real = getattr(module, name)

    @property
    def reached(self) -> bool:
        return self._left <= 0

    def call(self, *arguments: Any, **options: Any) -> Any:
        self._left -= 1
        if self._left:
            return self._real(*arguments, **options)
        if self._interrupted:
            # A handler runs when the call is over.
            self._real(*arguments, **options)
            raise KeyboardInterrupt
        if self.name not in IN_C:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        ffi.errno = errno.EIO
        return -1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        if self.name in IN_C:
            patch: Any = mock.patch.object(_calls, "libc", _Library(self.name, self.call))
        else:
            module: Any = fcntl if self.name == "flock" else os
            patch = mock.patch.object(module, self.name, self.call)
        with patch:
            yield


def steps(name: str, *, interrupted: bool = False) -> Iterator[Step]:
    """Return the first call of a function, the second one and so on, until one is not reached."""
    for nth in range(1, 40):
        step = Step(name, nth, interrupted=interrupted)
        yield step
        if not step.reached:
            return
    raise AssertionError(f"{name} is called forever")
