"""Runs the tests of `portable` and `unix`, as they are, under each imitated kernel.

    python tests/kernels/run.py [--only NAMES] [--quick] [--jobs N] [--results FILE] [PYTEST …]

`make test-kernels` runs all, `make test-kernels-quick` those of sockets and pipes.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
VARIABLE = "INTERPROCESS_IMITATED_KERNEL"

ALL = ("tests/portable", "tests/unix", "tests/kernels")
#: The tests that meet the kernel most.
QUICK = (
    *("tests/portable/test_stream.py", "tests/portable/test_local_socket.py"),
    *("tests/portable/test_concurrency.py", "tests/portable/test_unnamed_pipe.py"),
    *("tests/unix/test_faults.py", "tests/unix/test_sigpipe.py", "tests/unix/test_unread_data.py"),
    *("tests/unix/test_fifo_file.py", "tests/unix/test_adoption.py"),
    *("tests/unix/test_socket_file.py", "tests/unix/test_full_backlog.py", "tests/kernels"),
)


#: What is left out, by the beginning of its name, and why.
LEFT_OUT = {
    "tests/unix/test_gates.py::test_type_checkers_see_what_exists": (
        "mypy reads the sources, and is told for which system: it says the same everywhere"
    ),
}


def systems() -> list[str]:
    """Return the names of the systems that are described."""
    return sorted(path.stem for path in (HERE / "systems").glob("[a-z]*.py"))


@dataclass
class Result:
    """How the tests went under one system."""

    system: str
    seconds: float
    #: Of the processors, for the tests and the processes that they started.
    processor_seconds: float
    status: int
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    output: str = ""

    @property
    def line(self) -> str:
        """The numbers, for the terminal."""
        ok = "ok" if self.status == 0 else "FAILED"
        return (
            f"{self.system:10} {ok:7} {self.passed:5} passed, {len(self.failed)} failed,"
            f" {sum(self.skipped.values())} skipped, {self.seconds:.0f} s,"
            f" {self.processor_seconds:.0f} s of a processor"
        )


def run(system: str, arguments: list[str]) -> Result:
    """Run pytest in a process of SYSTEM."""
    environment = {
        **os.environ,
        VARIABLE: system,
        "PYTHONPATH": os.pathsep.join([str(HERE / "site"), str(ROOT)]),
    }
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        report, printed = Path(directory) / "report.xml", Path(directory) / "output"
        # Not a pipe: a process that a test has left behind would keep it open.
        with printed.open("wb") as file:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                    *(f"--junit-xml={report}", *arguments),
                    *(f"--deselect={name}" for name in LEFT_OUT),
                ],
                cwd=ROOT,
                env=environment,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        result = Result(
            system,
            time.monotonic() - began,
            usage.ru_utime + usage.ru_stime,
            process.returncode,
            output=printed.read_text(errors="replace"),
        )
        if report.exists():
            _count(result, ET.parse(report).getroot())
    return result


def _count(result: Result, root: ET.Element) -> None:
    for case in root.iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed.append(name)
        elif (skipped := case.find("skipped")) is not None:
            reason = re.sub(r"\s+", " ", skipped.get("message") or "")
            result.skipped[reason] = result.skipped.get(reason, 0) + 1
        else:
            result.passed += 1


def table(results: list[Result], *, quick: bool, minutes: float, jobs: int) -> str:
    """Return the results as a Markdown table, with the reasons of what was skipped below it."""
    tests = "The tests of sockets and pipes, a part" if quick else "The tests"
    lines = [
        "<!-- Written by `make test-kernels`. -->\n",
        "# The tests under imitated kernels\n",
        f"{tests} of `tests/portable` and `tests/unix` under an imitation of each kernel;",
        "[kernels.md](kernels.md) says what is imitated.\n",
        "| System | Passed | Failed | Skipped | Seconds | Seconds of a processor |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    reasons: dict[str, list[str]] = {}
    for result in results:
        skipped = sum(result.skipped.values())
        failed = f"{len(result.failed)}" if result.failed or not result.status else "did not end"
        lines.append(
            f"| {result.system} | {result.passed} | {failed} | {skipped}"
            f" | {result.seconds:.0f} | {result.processor_seconds:.0f} |"
        )
        for reason, count in result.skipped.items():
            reasons.setdefault(reason, []).append(f"{result.system} {count}")
    lines += ["", f"The whole took {minutes:.0f} minutes, with {jobs} systems at a time.", ""]
    failures = [f"- {result.system}: {name}" for result in results for name in result.failed]
    if failures:
        lines += ["Failed:", "", *failures, ""]
    lines += ["Left out:", ""]
    lines += [f"- {name}: {reason}" for name, reason in LEFT_OUT.items()]
    lines += ["", "Skipped:", ""]
    lines += [f"- {reason} ({', '.join(where)})" for reason, where in sorted(reasons.items())]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run what the arguments ask for; print what failed in full, and a line for each system."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="names of systems, with commas between them")
    parser.add_argument("--quick", action="store_true", help="sockets and pipes only")
    parser.add_argument("--jobs", type=int, default=2, help="how many systems at a time")
    parser.add_argument("--results", type=Path, help="a file for the table of results")
    options, further = parser.parse_known_args()
    chosen = options.only.split(",") if options.only else systems()
    arguments = (
        further
        if any(not each.startswith("-") for each in further)
        else [
            *(QUICK if options.quick else ALL),
            *further,
        ]
    )
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = []
        for result in pool.map(lambda system: run(system, arguments), chosen):
            results.append(result)
            if result.status:
                print(f"=== {result.system}\n{result.output}", flush=True)
            print(result.line, flush=True)
    for result in results:
        print(result.line, flush=True)
    if options.results:
        minutes = (time.monotonic() - began) / 60
        options.results.write_text(
            table(results, quick=options.quick, minutes=minutes, jobs=options.jobs)
        )
    failed = sum(len(result.failed) for result in results)
    passed = sum(result.passed for result in results)
    print(f"{passed} passed, {failed} failed")
    return int(any(result.status for result in results))


if __name__ == "__main__":
    raise SystemExit(main())
