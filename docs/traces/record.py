"""Record what the programs beside this file ask of the running system.

    python docs/traces/record.py            write the traces of this system that have changed
    python docs/traces/record.py --check    tell whether they are still true; exit status 1 if not

For each program, `linux/` and `windows/` have a text, a line for each call, and a page with a
timeline. Numbers that are others each time (processes, inodes, random names) are replaced, and
directories too. A trace is true as long as each thread makes the same calls in the same order:
which thread comes first when two run at once is chance, so the text that is there stays.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess.trace import Call

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
RECORDED = HERE / ("windows" if sys.platform == "win32" else sys.platform)

#: How often a program is tried: which of two threads gets the lower descriptor is chance too.
ATTEMPTS = 12

#: The programs that use what Windows does not have.
ONLY_UNIX = ("fifo", "fifo_asyncio", "handing_over_asyncio", "socket_file")

#: What is another one each time, and what stands for it.
_REPLACED = (
    (re.compile(r"old[0-9a-f]{8}"), "old01234567"),
    (re.compile(r"interprocess-\d+-[0-9a-f]{32}"), "interprocess-1-0123456789abcdef"),
    (re.compile(r"interprocess-\w+-\d+-[0-9a-f]+"), "interprocess-1-0123456789abcdef"),
)
#: Numbers that say nothing, by the names that they have.
_NUMBERS = {
    **dict.fromkeys(("pid", "uid", "gid"), 1000),
    **dict.fromkeys(("ClientProcessId", "ServerProcessId", "dwProcessId"), 1000),
    **dict.fromkeys(("st_ino", "st_dev"), 1),
}
#: A place in memory.
_ADDRESS = re.compile(r"^0x[0-9a-f]{6,}$")


def names() -> list[str]:
    """Return the programs for this system."""
    found = sorted(path.stem for path in PROGRAMS.glob("*.py"))
    return [each for each in found if sys.platform != "win32" or each not in ONLY_UNIX]


def record(name: str) -> tuple[list[str], str]:
    """Return the lines and the page of a program; in a process of its own."""
    command = [sys.executable, __file__, "--one", name]
    root = str(HERE.parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    lines, page = json.loads(done.stdout)
    return lines, page


def print_one(name: str) -> None:
    """Run a program here, and print its lines and its page as JSON."""
    from interprocess.trace import trace

    path = str(PROGRAMS / f"{name}.py")
    with contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(path, run_name="__main__")  # What is imported now, is not later.
        with trace() as calls:
            runpy.run_path(path, run_name="__main__")
    replace = _replacing()
    shown = [_normalised(call, replace) for call in calls]
    first = (PROGRAMS / f"{name}.py").read_text("utf-8").splitlines()[0]
    lines = [f"{call.thread_name:>10} | {_without_duration(call)}" for call in shown]
    title = first.strip('".').replace("`", "")
    json.dump([lines, _page(shown, title)], sys.stdout)


def _replacing() -> Callable[[str], str]:
    directory = re.compile(re.escape(tempfile.gettempdir()) + r"[/\\]tmp\w+")

    def replace(text: str) -> str:
        text = directory.sub("/run/app", text)
        for pattern, other in _REPLACED:
            text = pattern.sub(other, text)
        return text

    return replace


def _normalised(call: Call, replace: Callable[[str], str]) -> Call:
    """Return a call with what is the same each time."""
    from interprocess.trace._values import Data, Symbol

    def plain(value: Any, name: str = "") -> Any:
        if isinstance(value, Data):
            return value
        if isinstance(value, Symbol):
            return Symbol(_ADDRESS.sub("0x…", replace(value)))
        if isinstance(value, bytes):
            return replace(os.fsdecode(value)).encode()
        if isinstance(value, str):
            return replace(value)
        if isinstance(value, dict):
            return {key: plain(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [plain(each, name) for each in value]
        return _NUMBERS.get(name, value)

    place = call.place
    if place is not None:
        place = (os.path.basename(place[0]), *place[1:])
    result = 1000 if call.function.endswith(("getpid", "getuid", "geteuid")) else call.result
    return call.replace(
        arguments={name: plain(value, name) for name, value in call.arguments.items()},
        result=plain(result),
        process=1000,
        place=place,
    )


def _without_duration(call: Call) -> str:
    return re.sub(r" <\d+\.\d+>", "", str(call))


def _page(calls: list[Call], title: str) -> str:
    from interprocess.trace._html import page

    return page(calls, f"{title}: {_system()}")


def _system() -> str:
    if sys.platform == "win32":
        return "Windows, recorded under Wine"
    return {"linux": "Linux", "darwin": "macOS"}.get(sys.platform, sys.platform)


#: Where the number of a descriptor stands in a line, or that of a new one.
_DESCRIPTOR = re.compile(r"(\bfd=|^(?:socket|accept4)\(.*\) = )(\d+)")


def by_thread(lines: list[str]) -> dict[str, list[str]]:
    """Return the calls of each thread, with descriptors numbered in order of appearance.

    Threads race for the lowest free number, so the system's numbers differ from run to run.
    """
    found: dict[str, list[str]] = {}
    numbers: dict[str, dict[str, int]] = {}
    for line in lines:
        thread, _, call = line.partition(" | ")

        def renumbered(match: re.Match[str], thread: str = thread) -> str:
            known = numbers.setdefault(thread, {})
            return match[1] + str(known.setdefault(match[2], len(known)))

        found.setdefault(thread.strip(), []).append(_DESCRIPTOR.sub(renumbered, call))
    return found


def main() -> int:
    """Record or check; return the exit status."""
    parser = argparse.ArgumentParser(description="Record what programs ask of the system.")
    parser.add_argument("--check", action="store_true", help="only tell whether they are true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print_one(options.one)
        return 0
    untrue = 0
    for name in names():
        text, html = RECORDED / f"{name}.txt", RECORDED / f"{name}.html"
        known = text.read_text("utf-8").splitlines() if text.exists() else []
        for _ in range(ATTEMPTS):
            lines, page = record(name)
            if by_thread(known) == by_thread(lines) or not known:
                break
        if by_thread(known) == by_thread(lines):
            continue
        untrue += 1
        print(f"{'not true any more' if options.check else 'recorded'}: {text}")
        if not options.check:
            RECORDED.mkdir(exist_ok=True)
            text.write_bytes("".join(f"{line}\n" for line in lines).encode())
            html.write_bytes(page.encode())
    return int(options.check and untrue > 0)


if __name__ == "__main__":
    raise SystemExit(main())
