"""Verify the C declarations against the real headers of every target.

    python bindings/verify.py                     every target; exit status 1 if anything is wrong
    python bindings/verify.py --target '*-musl*'  some of them
    python bindings/verify.py --list              the targets, and what is not among them and why

The declarations are those that `generate.py` reads, in the variant that the loader chooses there.
Needs `ziglang` from PyPI, which brings a C compiler and the headers.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bindings import declarations
from bindings.checks import Check, Value, checks, preamble
from bindings.compiler import Answer, Compiler, CompilerError, Complaint
from bindings.layouts import can_lay_out, generated, layouts
from bindings.modules import MODULES
from bindings.targets import EXCLUDED, TARGETS, Facts, Target
from interprocess._bindings._variants import linux_processor

#: What the headers bind instead where a program asks for large files or wide times. For what we do
#: with them the plain functions are as good: they hand their arguments to the same system calls.
SAME_FUNCTIONS = {
    "fcntl64": "fcntl",
    "__fcntl_time64": "fcntl",
    "__ioctl_time64": "ioctl",
    "__getsockopt64": "getsockopt",
    "__setsockopt64": "setsockopt",
    "__recvmsg64": "recvmsg",
    "__sendmsg64": "sendmsg",
}


@dataclass(frozen=True)
class Fault:
    """A declaration that is not true."""

    declaration: str
    ours: int | str
    true: int | str

    def __str__(self) -> str:
        return f"{self.declaration}: ours is {self.ours}, true is {self.true}"


@dataclass
class Report:
    """The results for the declarations on one target."""

    target: str
    modules: list[str] = field(default_factory=list)
    checked: int = 0
    faults: list[Fault] = field(default_factory=list)
    #: The functions that some versions of the system lack: whether the headers here have them.
    weak: dict[str, bool] = field(default_factory=dict)


def verify(compiler: Compiler, target: Target) -> Report:
    """Check on TARGET what the loader would take there."""
    report = Report(target.name)
    try:
        known = facts(compiler, target)
        for names in target.modules(known):
            report.modules += names
            declared = declarations_of(names)
            wanted = list(checks(declared, windows=target.system == "win32"))
            if can_lay_out(known):
                wanted += layouts(generated(names[0]), declared)
            answer(compiler, target, declared, wanted, report)
    except CompilerError as error:
        report.faults.append(Fault("headers", "?", str(error)))
    return report


#: What the loaders know an interpreter by, as C tells it.
_FACTS = ("sizeof(void *) * 8", "__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__", "sizeof(time_t) > 4")
_LINUX_FACTS = ("SOCK_DGRAM", "SOL_SOCKET", "O_DIRECTORY", "SO_RCVLOWAT")


def facts(compiler: Compiler, target: Target) -> Facts:
    """Return what an interpreter on TARGET knows of itself."""
    headers, questions = ["time.h"], [*_FACTS]
    if target.system == "linux":
        headers += ["fcntl.h", "sys/socket.h"]
        questions += _LINUX_FACTS
    answers = compiler.ask(
        target,
        "".join(f"#include <{header}>\n" for header in headers),
        [Value(question) for question in questions],
    )
    numbers = [answer for answer in answers if isinstance(answer, int)]
    if len(numbers) != len(questions):
        raise CompilerError(f"{target.name}: {answers}")
    bits, little, wide_time, *values = numbers
    processor = linux_processor(**dict(zip(map(str.lower, _LINUX_FACTS), values))) if values else ""
    return Facts(bits, "little" if little else "big", bool(wide_time), processor)


def declarations_of(names: list[str]) -> declarations.Declarations:
    """Return what the modules NAMES declare together; the constants of later ones win."""
    first, *others = (
        declarations.read(m.paths) for name in names for m in MODULES if m.name == name
    )
    for other in others:
        first = replace(
            first,
            constants={**first.constants, **other.constants},
            includes=(*first.includes, *other.includes),
        )
    return first


def faults(compiler: Compiler, target: Target, declared: declarations.Declarations) -> list[Fault]:
    """Return what is wrong with DECLARED on TARGET."""
    report = Report(target.name)
    wanted = list(checks(declared, windows=target.system == "win32"))
    answer(compiler, target, declared, wanted, report)
    return report.faults


def answer(
    compiler: Compiler,
    target: Target,
    declared: declarations.Declarations,
    wanted: list[Check],
    report: Report,
) -> None:
    """Answer the WANTED checks of DECLARED on TARGET, and add what they tell to the REPORT."""
    asked = [check.true for check in wanted]
    asked += [check.ours for check in wanted if not isinstance(check.ours, str)]
    answers = iter(compiler.ask(target, preamble(declared), asked))
    true = [next(answers) for _ in wanted]
    report.checked += len(wanted)
    for check, truth in zip(wanted, true):
        ours = check.ours if isinstance(check.ours, str) else next(answers)
        lacking = isinstance(truth, Complaint) and "undeclared identifier" in truth
        if check.optional:
            report.weak[check.subject] = not lacking
        if not ((check.optional and lacking) or _right(ours, truth)):
            report.faults.append(Fault(check.subject, ours, truth))


def _right(ours: Answer, true: Answer) -> bool:
    return not isinstance(true, Complaint) and ours in (true, SAME_FUNCTIONS.get(str(true)))


def nowhere(reports: list[Report]) -> list[Fault]:
    """Return a fault for each function that every target may lack and every one does lack."""
    found = {function for report in reports for function, has in report.weak.items() if has}
    declared = {function for report in reports for function in report.weak}
    return [Fault(function, "weak", "on no target") for function in sorted(declared - found)]


def show(report: Report) -> None:
    """Print a line for the target and one for each fault."""
    modules = " ".join(report.modules) or "nothing declared yet"
    verdict = f"{len(report.faults)} WRONG" if report.faults else "ok"
    print(f"{report.target:52} {verdict:8} {report.checked:4} checks  {modules}")
    for fault in report.faults:
        print(f"    {fault}")


def list_targets() -> None:
    """Print the targets, and what is not among them."""
    for target in TARGETS:
        print(target.name)
    print("\nNot verified:")
    for name, reason in EXCLUDED.items():
        print(f"    {name}: {reason}")


def main() -> int:
    """Verify as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description="Verify the C declarations on every target.")
    parser.add_argument("--target", action="append", help="a name or pattern; may be repeated")
    parser.add_argument("--list", action="store_true", help="list the targets and do nothing")
    parser.add_argument("--json", action="store_true", help="report in JSON")
    options = parser.parse_args()
    if options.list:
        list_targets()
        return 0
    patterns = options.target or ["*"]
    names = [target.name for target in TARGETS]
    unknown = [pattern for pattern in patterns if not fnmatch.filter(names, pattern)]
    if unknown:
        parser.error(f"no target is called {' or '.join(unknown)}; see --list")
    chosen = [t for t in TARGETS if any(fnmatch.fnmatchcase(t.name, p) for p in patterns)]
    start = time.monotonic()
    try:
        reports = verify_all(chosen, silent=options.json)
    except ImportError:
        parser.error("the headers are missing: pip install ziglang")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([asdict(report) for report in reports], indent=2))
    wrong = [report.target for report in reports if report.faults]
    checked = sum(report.checked for report in reports)
    if not options.json:
        print(f"{len(reports)} targets, {checked} checks, {time.monotonic() - start:.0f} s", end="")
        print(f"; WRONG on {len(wrong)}" if wrong else "; all true")
    return 1 if wrong else 0


def verify_all(targets: list[Target], *, silent: bool) -> list[Report]:
    """Verify all TARGETS at once, on every processor, and return their reports in order."""
    reports = []
    with tempfile.TemporaryDirectory() as directory:
        compiler = Compiler(Path(directory))
        with ThreadPoolExecutor(os.cpu_count()) as executor:
            for report in executor.map(lambda target: verify(compiler, target), targets):
                reports.append(report)
                if not silent:
                    show(report)
    if len(targets) == len(TARGETS) and (found := nowhere(reports)):
        reports.append(Report("all targets together", faults=found))
        if not silent:
            show(reports[-1])
    return reports


if __name__ == "__main__":
    raise SystemExit(main())
