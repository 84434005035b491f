"""Records what the programs in `programs` ask of Linux, for the pages of this directory.

    python docs/systems/record.py                 # write traces/*.txt
    python docs/systems/record.py --to DIRECTORY  # write them there

A program runs twice in one process, and the second time is recorded: the first has imported what
there is to import. Each of its comments becomes a heading, `-- like this`. What differs from run
to run (process ids, addresses, random names) is replaced by something that does not.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MARK = "/trace-step/"

#: Calls of the interpreter and the C library, which no program of ours asks for.
NOISE = re.compile(
    r"^(brk|mmap|munmap|mremap|mprotect|madvise|rt_sig\w+|clock_\w+|futex|set_robust_list|rseq|exit"
    r"|sched_yield|gettid|clone3?|prctl|sysinfo|getcwd)\("
)

#: Calls that are shown where they begin to wait and where they return.
WAITS = ("accept4", "epoll_wait", "poll", "read", "recvfrom", "wait4")


def instrumented(source: str) -> str:
    """Return a program that tells strace of each of its comments."""
    return re.sub(
        r"^( *)# (.*)$",
        lambda match: f"{match[1]}__import__('os').path.lexists({MARK + match[2]!r})",
        source,
        flags=re.MULTILINE,
    )


def record(program: Path) -> str:
    """Run a program under strace, and return its calls under the headings."""
    code = instrumented(program.read_text("utf-8"))
    twice = f"import os\ncode = compile({code!r}, 'program', 'exec')\nexec(code, {{}})\n"
    twice += f"os.path.lexists({MARK!r} + '*')\nexec(code, {{}})\nos.path.lexists({MARK!r} + '.')\n"
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory, "strace")
        home = Path(directory, "home")
        home.mkdir()
        subprocess.run(
            ["strace", "-f", "-s", "64", "-o", str(output), sys.executable, "-c", twice],
            cwd=home,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
        )
        return _readable(output.read_text("utf-8"), str(home))


def _readable(text: str, home: str) -> str:
    lines: list[str] = []
    unfinished: dict[str, tuple[str, int]] = {}
    numbers: dict[str, int] = {}
    started = False
    for line in text.replace(home, "/home/you").splitlines():
        process, call = line.split(None, 1)
        mark = re.search(rf'"{MARK}([^"]*)"', call)
        if mark:
            if mark[1] == ".":
                break
            started = started or mark[1] == "*"
            if started and mark[1] != "*":
                lines.append(f"-- {mark[1]}")
            continue
        if not started or call.startswith(("---", "+++")) or NOISE.match(call):
            continue
        resumed = re.match(r"<\.\.\. (\w+) resumed>(.*)", call)
        if resumed:
            if process in unfinished:
                begun, place = unfinished.pop(process)
                whole = _plain(f"{begun}{resumed[2]}")
                if resumed[1] in WAITS:
                    lines.append(f"{numbers[process]}: {whole.replace(') = ', ') returns ')}")
                else:
                    lines[place] = f"{numbers[process]}: {whole}"
            continue
        numbers.setdefault(process, len(numbers) + 1)
        begun = call.replace(" <unfinished ...>", "")
        if begun != call:
            unfinished[process] = begun, len(lines)
            call = f"{begun}…) waits"
        lines.append(f"{numbers[process]}: {_plain(call)}")
    if len(numbers) == 1:
        lines = [re.sub(r"^\d: ", "", line) for line in lines]
    return "\n".join(lines) + "\n"


def _plain(call: str) -> str:
    """Return a call without what differs from run to run, and without its padding."""
    call = re.sub(r"0x[0-9a-f]{5,}", "0x…", call)
    call = re.sub(r"\bold[0-9a-f]{8}\b", "old5eed5eed", call)
    call = re.sub(r'getrandom\("[^"]*"', 'getrandom("…"', call)
    call = re.sub(r"(getpid\(\)|geteuid\(\)|getppid\(\)) += \d+", r"\1 = 1000", call)
    call = re.sub(r"pid=\d+, uid=\d+, gid=\d+", "pid=1000, uid=1000, gid=1000", call)
    call = re.sub(r"(ucred_get\w+\(…\)) = \d+", r"\1 = 1000", call).replace(" = None", "")
    if "/home/you" in call:  # Lengths of addresses in a directory of any length.
        call = re.sub(r"^((?:\d: )?(?:bind|connect)\(.*\}), \d+\)", r"\1, …)", call)
        call = re.sub(r"=> \d+\]", "=> …]", call)
    call = re.sub(r"data=\{u32=(\d+), u64=\d+\}", r"data=\1", call)
    call = re.sub(r"(wait4\(.* (?:=|returns)) \d+", r"\1 1001", call)
    call = re.sub(r"st_size=\d+", "st_size=…", call)
    return re.sub(r"\) +=", ") =", call)


#: The systems that are recorded as `tests/kernels` imitates them, and the programs.
IMITATED = ("macos", "freebsd", "illumos")
RUN_ON_THEM = ("socket_file", "unnamed_pipe", "descriptors", "dead_listener")


def record_imitated(system: str, program: Path) -> str:
    """Return what a program asks of another system, under the headings."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "kernels" / "site")])
        done = subprocess.run(
            [sys.executable, str(HERE / "imitated.py"), system, str(program)],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": path, "INTERPROCESS_IMITATED_KERNEL": system},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return "\n".join(map(_plain, done.stdout.splitlines())) + "\n"


def main() -> None:
    """Record all programs."""
    traces = Path(sys.argv[2]) if sys.argv[1:2] == ["--to"] else HERE / "traces"
    for program in sorted((HERE / "programs").glob("*.py")):
        (traces / f"{program.stem}.txt").write_text(record(program), "utf-8")
    for system in IMITATED:
        (traces / system).mkdir(exist_ok=True)
        for name in RUN_ON_THEM:
            if (system, name) != ("illumos", "descriptors"):  # It hands over none so far.
                text = record_imitated(system, HERE / "programs" / f"{name}.py")
                (traces / system / f"{name}.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
