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
from bindings.modules import MODULES
from bindings.targets import EXCLUDED, TARGETS, Facts, Target
from interprocess._bindings._variants import has_wide_time

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
    """What is known of the declarations on one target."""

    target: str
    modules: list[str] = field(default_factory=list)
    checked: int = 0
    faults: list[Fault] = field(default_factory=list)


def verify(compiler: Compiler, target: Target) -> Report:
    """Check on TARGET what the loader would take there."""
    report = Report(target.name)
    try:
        for names in target.modules(facts(compiler, target)):
            report.modules += names
            checked, found = faults(compiler, target, declarations_of(names))
            report.checked += checked
            report.faults += found
    except CompilerError as error:
        report.faults.append(Fault("headers", "?", str(error)))
    return report


def facts(compiler: Compiler, target: Target) -> Facts:
    """Return what an interpreter on TARGET knows of itself."""
    headers = "#include <sys/socket.h>\n" if target.system != "win32" else ""
    bits, little, receive_timeout = compiler.ask(
        target,
        headers,
        [
            Value("sizeof(void *) * 8"),
            Value("__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__"),
            Value("SO_RCVTIMEO"),
        ],
    )
    if isinstance(bits, str) or isinstance(little, str):
        raise CompilerError(f"{target.name}: {bits}, {little}")
    wide_time = has_wide_time(receive_timeout, multiarch=target.triple)
    return Facts(bits, "little" if little else "big", wide_time)


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


def faults(
    compiler: Compiler, target: Target, declared: declarations.Declarations
) -> tuple[int, list[Fault]]:
    """Return how many checks DECLARED has on TARGET, and what is wrong."""
    wanted = list(checks(declared, windows=target.system == "win32"))
    asked = [check.true for check in wanted]
    asked += [check.ours for check in wanted if not isinstance(check.ours, str)]
    answers = iter(compiler.ask(target, preamble(declared), asked))
    true = [next(answers) for _ in wanted]
    ours = [check.ours if isinstance(check.ours, str) else next(answers) for check in wanted]
    results = zip(wanted, ours, true)
    return len(wanted), [Fault(c.subject, o, t) for c, o, t in results if not _right(c, o, t)]


def _right(check: Check, ours: Answer, true: Answer) -> bool:
    if isinstance(true, Complaint):
        return check.optional and "undeclared identifier" in true
    return ours in (true, SAME_FUNCTIONS.get(str(true)))


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
    chosen = [t for t in TARGETS if any(fnmatch.fnmatchcase(t.name, p) for p in patterns)]
    if not chosen:
        parser.error(f"no target is called {' or '.join(patterns)}; see --list")
    start = time.monotonic()
    try:
        reports = verify_all(chosen, silent=options.json)
    except ImportError:
        parser.error("the headers are missing: pip install ziglang")
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
    return reports


if __name__ == "__main__":
    raise SystemExit(main())
