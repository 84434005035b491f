"""Runs `floor.c`, where there is a C compiler."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.model import NotMeasuredError, WrongBytesError
from tests.benchmarks.placement import Placement
from tests.benchmarks.processes import PATIENCE

SOURCE = Path(__file__).with_suffix(".c")
COMPILERS = ("cc", "gcc", "clang")
FLOOR = "C"
POLLING_FLOOR = "C, polling"


def seconds(mode: str, size: int, count: int, placement: Placement) -> float:
    """Return the seconds that COUNT operations take: "round-trip", "polling" or "stream"."""
    cores = [cores[0] if cores else -1 for cores in (placement.server, placement.client)]
    completed = subprocess.run(
        [_program(), mode, *map(str, (size, count, *cores))],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    if completed.returncode == 2:
        raise WrongBytesError(completed.stderr.strip())
    if completed.returncode:
        raise NotMeasuredError(completed.stderr.strip())
    return float(completed.stdout)


@functools.cache
def _directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ip-floor-")


@functools.cache
def _program() -> str:
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise NotMeasuredError(f"there is no C compiler: {', '.join(COMPILERS)}")
    program = Path(_directory().name) / "floor"
    command = [compiler, "-O2", "-o", str(program), str(SOURCE)]
    compiled = subprocess.run(command, capture_output=True, text=True, check=False)
    if compiled.returncode:
        raise NotMeasuredError(f"{compiler} does not compile floor.c: {compiled.stderr[-200:]}")
    return str(program)
