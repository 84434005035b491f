"""Measures which lines and branches of the package the tests run. `make coverage`.

    measure_coverage.py linux      run the tests here
    measure_coverage.py windows    run them on a Windows CPython, under Wine
    measure_coverage.py write      put both together, into docs/coverage.md

Without a word it does all three. Children of the tests count. What is measured runs at half the
speed, so some tests are left out: those that interrupt a program so often that it no longer gets
on. `tests/coverage_reasons.txt` has, for what no test runs, the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.windows_bench import bench, wine
from tests.windows_bench.assemble import ensure

assert sys.platform == "linux"

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "coverage"
PAGE = ROOT / "docs" / "coverage.md"
README = ROOT / "README.md"
REASONS = Path(__file__).with_name("coverage_reasons.txt")

TESTS = ("tests/portable", "tests/unix", "tests/linux", "tests/npfs", "tests/bindings")
LEFT_OUT = (
    "tests/unix/test_interrupted_messages.py",
    "tests/unix/test_interrupted_transfers.py",
    "tests/unix/test_interrupts.py",
)
WINDOWS_TESTS = ("tests/windows", "tests/portable")

#: Measures every Python that has it on its path, and the variable below in its environment.
SITE = "import coverage\ncoverage.process_startup()\n"
CONFIGURATION = """\
[run]
branch = true
source = interprocess
data_file = {data}
parallel = true
relative_files = true
"""

#: pytest's exit status if a file has no tests for this platform.
NO_TESTS = 5

PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
COVERAGE = (sys.executable, "-m", "coverage")


def measure_linux() -> int:
    """Run the tests on this Python; return how many files had failures."""

    def run(name: str) -> int:
        command = [*COVERAGE, "run", *PYTEST, name]
        return subprocess.run(command, cwd=ROOT, check=False).returncode

    return failures("linux", TESTS, run)


def failures(system: str, folders: Sequence[str], run: Callable[[str], int]) -> int:
    """Run the tests file by file; return how many files had failures.

    One by one, since what hangs is ended by its watchdog, and tells nothing of what it has run.
    """
    failed = []
    with (BUILD / f"{system}.files").open("w") as done:
        for name in files_of(folders):
            if run(name) not in (0, NO_TESTS):
                failed.append(name)
            print(name, file=done, flush=True)
    print("with failures:", *failed, sep="\n  ", flush=True)
    return len(failed)


def files_of(folders: Sequence[str]) -> list[str]:
    """Return the test files of folders, without those that are left out."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("test_*.py"))]
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    return [name for name in names if name not in LEFT_OUT]


def measure_windows() -> int:
    """Run the tests on the Windows Python of the bench; return how many files had failures."""
    there = ensure()
    wine.pin_to_one_core()
    there.wine.start()
    directory = BUILD / "windows"
    shutil.rmtree(directory, ignore_errors=True)
    minor = there.directory.name.partition("-")[0][len("cp3") :]
    platform = ("--platform", "win_amd64", "--python-version", f"3.{minor}", "--no-deps")
    options = ("--quiet", "--only-binary=:all:", "--target", str(directory))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install")
    subprocess.run([*pip, *options, *platform, "coverage"], check=True)
    (directory / "sitecustomize.py").write_text(SITE)
    data = wine.windows_path(BUILD / "data.windows")
    configuration = directory / "coverage.ini"
    configuration.write_text(CONFIGURATION.format(data=data))
    environment = bench.environment(there)
    environment["PYTHONPATH"] += ";" + wine.windows_path(directory)
    environment["COVERAGE_PROCESS_START"] = wine.windows_path(configuration)

    def run(name: str) -> int:
        return wine.run(["wine", str(there.python), *PYTEST, name], environment, ROOT)

    return failures("windows", WINDOWS_TESTS, run)


def figures(data: list[Path], name: str) -> dict[str, Any]:
    """Put data files together; return what coverage tells of them."""
    combined, report = BUILD / f"combined.{name}", BUILD / f"{name}.json"
    # Every process has left a file: too many for one command line.
    combined.unlink(missing_ok=True)
    for start in range(0, len(data), 500):
        part = map(str, data[start : start + 500])
        options = ("--keep", "--append", "--quiet", f"--data-file={combined}")
        subprocess.run([*COVERAGE, "combine", *options, *part], cwd=ROOT, check=True)
    options = ("--quiet", f"--data-file={combined}", "-o", str(report))
    subprocess.run([*COVERAGE, "json", *options], cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return found


def write() -> int:
    """Write the page, and the figure into the README."""
    linux = sorted(path for path in BUILD.glob("data.*") if ".windows." not in path.name)
    windows = sorted(BUILD.glob("data.windows.*"))
    on_linux, on_windows = figures(linux, "linux"), figures(windows, "windows")
    both = figures([*linux, *windows], "both")
    PAGE.write_text(page(on_linux, on_windows, both), "utf-8")
    begin, rest = README.read_text("utf-8").split("<!-- coverage -->")
    _, end = rest.split("<!-- end of coverage -->")
    figure = f"{percent(both['totals'])} of its lines and branches"
    README.write_text(f"{begin}<!-- coverage -->{figure}<!-- end of coverage -->{end}", "utf-8")
    return 0


def page(linux: dict[str, Any], windows: dict[str, Any], both: dict[str, Any]) -> str:
    """Return the page."""
    lines = [
        "# Coverage",
        "",
        "Written by `make coverage`; do not edit.",
        "",
        "Which of the package's lines, and of the branches between them, the tests run: on Linux,",
        f"with Python {version()}, on Windows under Wine, and on either, after commit {commit()}.",
        "Children of the tests count, generated modules do not. Of the test files, "
        + " and ".join(map(extent, ("linux", "windows"))),
        "ran.",
        "",
        "| | Linux | Windows (Wine) | Either |",
        "| --- | --- | --- | --- |",
        *rows(linux, windows, both),
        "",
        "The tests under imitated kernels (`make test-kernels`) and the tortures run more. They",
        "are not measured, nor are these tests, which interrupt a program so often that it no",
        "longer gets on while it is measured:",
        *[f"`{path}`." if path == LEFT_OUT[-1] else f"`{path}`," for path in LEFT_OUT],
        "",
        "## What no test runs",
        "",
        "Lines, and branches as 'from line -> to line', by the reason.",
    ]
    by_reason: dict[str, list[str]] = {}
    for path, file in sorted(both["files"].items()):
        for text, missing in what_is_missing(path, file).items():
            by_reason.setdefault(text, []).append(f"- `{path}`: {missing}")
    for text, items in sorted(by_reason.items()):
        lines += ["", f"{text.rstrip('.')}:", "", *items]
    return "\n".join(lines) + "\n"


def extent(system: str) -> str:
    """Say how many of a system's test files have run, which are not all if that was cut short."""
    done = len((BUILD / f"{system}.files").read_text("utf-8").splitlines())
    every = len(files_of(TESTS if system == "linux" else WINDOWS_TESTS))
    return f"{done} of {every} on {system.capitalize()}"


def rows(*reports: dict[str, Any]) -> Iterator[str]:
    """Return a row of the table for each part of the package, and one for all of it."""
    files = [item for report in reports for item in report["files"].items()]
    parts = sorted({part_of(path) for path, file in files if file["summary"]["num_statements"]})
    for part in parts:
        shares = [
            percent(*(file["summary"] for path, file in found if part_of(path) == part))
            for found in (report["files"].items() for report in reports)
        ]
        yield f"| `{part}` | {' | '.join(shares)} |"
    yield f"| **all** | {' | '.join(percent(report['totals']) for report in reports)} |"


def part_of(path: str) -> str:
    """Return the part of the package to which a file belongs."""
    directories = Path(path).parent.parts
    depth = 3 if directories[1:2] == ("os",) else 2
    return "/".join(directories[:depth])


def percent(*summaries: dict[str, int]) -> str:
    """Return which share of lines and branches was run."""
    every = sum(found["num_statements"] + found["num_branches"] for found in summaries)
    run = sum(found["covered_lines"] + found["covered_branches"] for found in summaries)
    return f"{100 * run / every:.1f} %" if every else ""


def what_is_missing(path: str, file: dict[str, Any]) -> dict[str, str]:
    """Return the lines and branches of a file that were not run, by the reason."""
    source = ["", *(ROOT / path).read_text("utf-8").splitlines()]
    missing = file["missing_lines"]
    found: dict[str, list[str]] = {}
    last, last_reason = 0, ""
    for line in missing:
        why = reason(path, source[line])
        texts = found.setdefault(why, [])
        if texts and line == last + 1 and why == last_reason:
            texts[-1] = f"{texts[-1].partition('-')[0]}-{line}"
        else:
            texts.append(str(line))
        last, last_reason = line, why
    for first, then in file["missing_branches"]:
        if first not in missing and then not in missing:
            texts = found.setdefault(reason(path, source[first]), [])
            texts.append(f"{first} -> {'exit' if then < 0 else then}")
    return {why: ", ".join(texts) for why, texts in found.items()}


def reason(path: str, code: str) -> str:
    """Return why no test runs a line of a file, whose CODE this is: the first that fits."""
    for rule in REASONS.read_text("utf-8").splitlines():
        where, _, text = rule.partition(": ")
        pattern, _, part = where.partition(" | ")
        fits = fnmatch(path, f"interprocess/{pattern}") and part in code
        if fits and rule and not rule.startswith("#"):
            return text
    return "Not tested."


def commit() -> str:
    """Return what git calls the commit that was measured, the last one that is already in main.

    Those of a branch get other names when the branch is rebased.
    """
    base = ["git", "-C", str(ROOT), "merge-base", "HEAD", "main"]
    found = subprocess.run(base, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", found]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def version() -> str:
    """Return this Python's version."""
    return ".".join(map(str, sys.version_info[:3]))


def main() -> int:
    """Do what the command line says; return the number of steps that failed."""
    steps = {"linux": measure_linux, "windows": measure_windows, "write": write}
    chosen = sys.argv[1:] or list(steps)
    if "linux" in chosen and "windows" in chosen:
        shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    os.environ.pop("COVERAGE_PROCESS_START", None)
    return sum(steps[step]() != 0 for step in chosen)


if __name__ == "__main__":
    raise SystemExit(main())
