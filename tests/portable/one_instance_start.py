"""Run the example of a single instance once and log what it does; used by two test files.

    python -m tests.portable.one_instance_start DIRECTORY NAME [ARGUMENT ...]

The first instance prints its process id and the arguments to DIRECTORY/log, one line each. It holds
a lock for as long as it is the first. A process that finds the lock held logs that and exits with
3.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support import ROOT

TWO_FIRSTS = 3

#: The argument of a start that waits for a second where others wait longer.
IN_A_HURRY = "in a hurry"

EXAMPLE = str(ROOT / "docs" / "examples" / "one_instance.py")


def loaded() -> dict[str, Any]:
    """Return the names of the example, which take what they use from the result."""
    return runpy.run_path(EXAMPLE)["main"].__globals__  # type: ignore[no-any-return]  # a dict


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)

    def _unlock(number: int) -> None:
        msvcrt.locking(number, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_UN)


def start(directory: Path, name: str, arguments: list[str], example: dict[str, Any]) -> None:
    """Run the example's program once. Raises `SystemExit` where that exits."""
    # Opened first, so that the system closes it first when the process is killed.
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT)
    log = os.open(directory / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    become_first_or_tell: Callable[..., Any] = example["become_first_or_tell"]

    def note(*printed: str, flush: bool) -> None:
        assert flush
        if printed == ("quit",):
            _unlock(lock)
        os.write(log, " ".join((str(os.getpid()), *printed)).encode() + b"\n")

    def become_only_first_or_tell(name: str, arguments: list[str]) -> Any:
        listener = become_first_or_tell(name, arguments)
        if listener is not None:
            try:
                _lock(lock)
            except OSError:
                os.write(log, b"0 two firsts\n")
                os._exit(TWO_FIRSTS)
        return listener

    if arguments == [IN_A_HURRY]:
        example["PATIENCE"] = 1.0
    example.update(print=note, become_first_or_tell=become_only_first_or_tell)
    sys.argv[1:] = [name, *arguments]
    example["main"]()


if __name__ == "__main__":
    start(Path(sys.argv[1]), sys.argv[2], sys.argv[3:], loaded())
