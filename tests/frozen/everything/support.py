"""What the parts share: how to expect, to be absent, and to start this program once more."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from interprocess.local_socket import Name

#: Seconds for anything that another process does: a frozen one first has to unpack itself.
PATIENCE = 60.0


class AbsentError(Exception):
    """This part does not exist here; the message says why."""


def expect(actual: object, expected: object) -> None:
    """Raise `ValueError` unless both are equal."""
    if actual != expected:
        raise ValueError(f"{actual!r} is not {expected!r}")


def fresh_name() -> Name:
    """Return a name that nobody else has."""
    return Name.unique("interprocess-frozen")


def own_command() -> list[str]:
    """Return the command that starts this program again, whichever tool has packed it."""
    if getattr(sys, "frozen", False):  # PyInstaller, cx_Freeze
        return [sys.executable]
    if "__compiled__" in globals():  # Nuitka, whose `sys.executable` need not exist
        return [os.path.abspath(sys.argv[0])]
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # multiprocessing uses it too
    return [sys.executable, *flags, os.path.abspath(sys.argv[0])]


@contextmanager
def running(role: str, *arguments: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run this program as a child in a ROLE, and expect that it ends well."""
    with subprocess.Popen([*own_command(), "child", role, *arguments], **options) as process:
        try:
            yield process
            expect(process.wait(PATIENCE), 0)
        finally:
            process.kill()


def concurrently(*functions: Callable[[], object]) -> None:
    """Run functions at the same time, and raise the first error."""
    errors: list[BaseException] = []

    def run(function: Callable[[], object]) -> None:
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if errors:
        raise errors[0]


def parts_of(names: dict[str, Any]) -> Sequence[Callable[[], None]]:
    """Return the parts among a module's names: its functions without a leading underscore."""
    return [
        value
        for name, value in names.items()
        if getattr(value, "__module__", None) == names["__name__"] and not name.startswith("_")
    ]
