"""The results of a run of the tests, and the page that shows them."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.matrix.runtimes import Runtime

_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|deselected)\b")
_LAST_LINE = re.compile(r"^=*\s*(\d+ \w+.* in [\d.]+s.*?)\s*=*$", re.MULTILINE)
_SKIPPED = re.compile(r"^SKIPPED \[(\d+)\] \S+: (.*)$", re.MULTILINE)
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.*)$", re.MULTILINE)

_HEAD = """\
# The tests on other runtimes and processors

Written by `python tests/matrix/run.py --write`; do not edit.

`make test-matrix` runs the tests of the last commit, those in {folders},
on every runtime below. Each is one that a Debian machine can give itself: Debian's own packages for
other processors, in a chroot, the foreign ones through qemu-user, which translates the program and
its system calls for this machine's kernel. It takes root, and
`apt-get install mmdebstrap qemu-user-static pypy3 pypy3-venv musl-tools`.

The last run of each, on Linux {kernel}:
"""


@dataclass
class Result:
    """The results of the tests on one runtime."""

    runtime: Runtime
    #: The runtime's description of itself, or the reason why it is unavailable.
    described: str
    #: The time of the run, and the tested commit.
    date: str
    commit: str
    available: bool = True
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether tests ran and none failed."""
        return self.available and bool(self.counts.get("passed")) and not self.failed

    def line(self) -> str:
        """Return a summary in one line."""
        if not self.available:
            return f"{self.runtime.name:8} not run: {self.described}"
        counts = ", ".join(f"{self.counts.get(w, 0)} {w}" for w in ("passed", "failed", "skipped"))
        verdict = "ok" if self.well else "WRONG"
        return (
            f"{self.runtime.name:8} {verdict:5} {counts} in {self.seconds:.0f} s; {self.described}"
        )


def read(result: Result, output: str, status: int) -> None:
    """Fill RESULT from pytest's OUTPUT and exit STATUS."""
    last = _LAST_LINE.findall(output)
    for number, what in _COUNT.findall(last[-1] if last else ""):
        kind = "failed" if what.startswith("error") else what
        result.counts[kind] = result.counts.get(kind, 0) + int(number)
    reasons: Counter[str] = Counter()
    for number, why in _SKIPPED.findall(output):
        reasons[why] += int(number)
    result.skipped = [f"{number}: {why}" for why, number in reasons.most_common()]
    result.failed = _FAILED.findall(output)
    if status != 0 and not result.failed:
        result.failed = [f"the run ended with status {status}: {output[-2000:]}"]


def save(result: Result, directory: Path) -> None:
    """Keep the RESULT in DIRECTORY, for a page that is written later."""
    kept = {name: value for name, value in vars(result).items() if name != "runtime"}
    _file(result.runtime, directory).write_text(json.dumps(kept, indent=2), "utf-8")


def saved(runtimes: Sequence[Runtime], directory: Path) -> list[Result]:
    """Return the last results of those RUNTIMES that have one in DIRECTORY."""
    files = [(runtime, _file(runtime, directory)) for runtime in runtimes]
    return [Result(r, **json.loads(file.read_text("utf-8"))) for r, file in files if file.exists()]


def _file(runtime: Runtime, directory: Path) -> Path:
    return directory / f"{runtime.name}.json"


def page(results: Sequence[Result], *, kernel: str, folders: Sequence[str]) -> str:
    """Return the text of the page."""
    lines = [_HEAD.format(kernel=kernel, folders=", ".join(f"`{folder}`" for folder in folders))]
    lines += ["| Runtime | For | What it is | Passed | Failed | Skipped | Seconds | Run |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for result in results:
        name, purpose = result.runtime.name, result.runtime.purpose
        when = f"{result.date}, {result.commit}"
        if not result.available:
            lines.append(f"| {name} | {purpose} | not run: {result.described} | | | | | {when} |")
            continue
        passed, failed, skipped = (
            result.counts.get(what, 0) for what in ("passed", "failed", "skipped")
        )
        numbers = f"{passed} | {failed} | {skipped} | {result.seconds:.0f}"
        lines.append(f"| {name} | {purpose} | {result.described} | {numbers} | {when} |")
    for result in results:
        if result.available:
            lines += ["", f"## {result.runtime.name}", *_details(result)]
    return "\n".join(lines) + "\n"


def _details(result: Result) -> list[str]:
    left_out = [f"{test}: {why}" for test, why in result.runtime.left_out.items()]
    told = []
    for heading, items in (
        ("Failed", result.failed),
        ("Skipped", result.skipped),
        ("Left out", left_out),
    ):
        if items:
            told += ["", f"{heading}:", "", *(f"- {item}" for item in items)]
    return told or ["", "Nothing failed, nothing was skipped."]
