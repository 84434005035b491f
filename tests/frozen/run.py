"""Freezes or packs a program that uses every part of the package, in every way, and runs it.

    python tests/frozen/run.py [--only WAY,WAY] [--write]

Each tool is installed from the package index into `.venv-frozen/`, and works in `build/frozen/`.
A way that is not to be had here is skipped, with the reason.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.frozen.ways import WAYS, Way
from tests.frozen.workshop import (
    ROOT,
    RUNNING,
    FailedError,
    UnavailableError,
    Workshop,
    prepare,
    run,
    size,
    version,
)

PAGE = ROOT / "docs" / "frozen.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"
HEAD = "| Way | Version | Built in | Size | Result |\n| --- | --- | --- | --- | --- |\n"


def main() -> int:
    """Try the ways; return how many failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="WAY,WAY", help=", ".join(way.name for way in WAYS))
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else [way.name for way in WAYS]
    python, wheel = prepare()
    rows, failed = {}, 0
    for way in WAYS:
        if way.name in names:
            began = time.monotonic()
            try:
                row = _try(way, python, wheel)
            except UnavailableError as error:
                row = f"| {way.title} | | | | skipped: {error} |"
            except FailedError as error:
                print(error, flush=True)
                row = f"| {way.title} | | | | **fails** |"
                failed += 1
            rows[way.title] = row
            print(f"{row}  ({time.monotonic() - began:.0f} s)", flush=True)
    if options.write:
        _write(rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return failed


def _try(way: Way, python: Path, wheel: Path) -> str:
    """Make and run the program in one way; return its row of the table."""
    shop = Workshop(way.name, python, wheel)
    began = time.monotonic()
    built = way.make(shop)
    seconds = time.monotonic() - began
    output = run(built.command, shop.directory, RUNNING, built.environment)
    print(output, end="", flush=True)
    for command in built.others:
        if "True True" not in run(command, shop.directory, RUNNING):
            raise FailedError(f"{command} printed something else")
    *_, last = output.splitlines()
    python_version = re.search(r"^\w+ \S+?(?=,)", output, re.MULTILINE)
    parts = re.fullmatch(r"(\d+) work, 0 fail, (\d+) are absent", last)
    if parts is None or python_version is None:
        raise FailedError(f"{way.name} ended with {last!r}")
    versions = [f"{version(python, way.tool)}" if way.tool else "", python_version[0]]
    return (
        f"| {way.title} | {', '.join(filter(None, versions))}"
        f" | {f'{seconds:.0f} s' if built.files else ''}"
        f" | {f'{size(built.files) / 1e6:.1f} MB' if built.files else ''}"
        f" | {parts[1]} parts work, {parts[2]} do not exist there |"
    )


def _write(rows: dict[str, str]) -> None:
    """Put the rows into the page, in place of those of the same title."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    table, after = rest.split(END)
    known = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines()[2:]}
    known.update(rows)
    lines = [known[way.title] for way in WAYS if way.title in known]
    text = f"{before}{BEGIN}{HEAD}" + "".join(f"{line}\n" for line in lines) + END + after
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
