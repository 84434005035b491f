"""Runs the parts, or a role of one of them, as the command line says."""

from __future__ import annotations

import faulthandler
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from types import ModuleType

import interprocess

from . import asynchronous, memory, processes, synchronous, systems
from .support import PATIENCE, AbsentError, parts_of

MODULES: tuple[ModuleType, ...] = (synchronous, asynchronous, memory, processes, systems)
PARTS = [part for module in MODULES for part in parts_of(vars(module))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts that are named, or all; return how many failed."""
    names = list(sys.argv[1:] if arguments is None else arguments)
    if names[:1] == ["child"]:
        processes.ROLES[names[1]](*names[2:])
        return 0
    print(f"{sys.implementation.name} {sys.version.split()[0]}, interprocess of {_place()}")
    chosen = [part for part in PARTS if not names or part.__name__ in names]
    results = [_run(part) for part in chosen]
    failed = results.count("FAILED")
    print(f"{results.count('ok')} work, {failed} fail, {results.count('absent')} are absent")
    return failed


def _place() -> str:
    return os.path.dirname(os.path.dirname(interprocess.__file__))


def _run(part: Callable[[], None]) -> str:
    if sys.stderr is not None:
        faulthandler.dump_traceback_later(2 * PATIENCE, exit=True)
    try:
        part()
    except AbsentError as error:
        result, reason = "absent", f": {error}"
    except BaseException:
        result, reason = "FAILED", ""
        traceback.print_exc()
    else:
        result, reason = "ok", ""
    faulthandler.cancel_dump_traceback_later()
    print(f"{result:6} {part.__name__}{reason}", flush=True)
    return result
