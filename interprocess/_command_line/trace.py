"""`interprocess trace`: run a program and show every call that the package makes to the system."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

    from interprocess.trace._files import Reader
    from interprocess.trace._recording import Record

SUMMARY = "run a program and show its system calls through this package"

EPILOG = """\
PROGRAM is a Python file, which this Python runs, or another command.
Python programs that it starts are traced too, unless they ignore PYTHONPATH.
Without --html a line for each call goes to standard error, or to FILE.

examples:
  interprocess trace server.py
  interprocess trace --html trace.html -m my_package --option
"""

#: The number of seconds between checks for new records.
_PAUSE = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "--json", action="store_true", help="write a JSON object for each call, one per line"
    )
    parser.add_argument("--html", metavar="FILE", help="write an HTML page with a timeline")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write to FILE instead of standard error"
    )
    for option, metavar in (("-m", "MODULE"), ("-c", "CODE")):
        parser.add_argument(
            option,
            dest=option[1:],
            nargs=argparse.REMAINDER,
            metavar=metavar,
            help="like the option of Python",
        )
    parser.add_argument(
        "program", nargs=argparse.REMAINDER, metavar="PROGRAM", help="followed by its arguments"
    )


def run(options: argparse.Namespace) -> int:
    """Run the program; return its exit status."""
    from interprocess.trace._files import Reader

    command = _command(options)
    with _directory() as directory, _output(options) as output, _page(options) as page:
        reader = Reader(directory)
        process = subprocess.Popen(command, env=_environment(directory))
        status = None
        with _signals_sent_on(process):
            while status is None:
                try:
                    status = process.wait(_PAUSE)
                except subprocess.TimeoutExpired:
                    pass
                except KeyboardInterrupt:
                    continue  # The program has received the signal too, and decides.
                _show(reader.read(), output, options)
        _show(reader.read(), output, options)
        _show(reader.unfinished(), output, options)
        if page is not None:
            _write_page(reader, command, page)
    return 128 - status if status < 0 else status


@contextmanager
def _directory() -> Iterator[str]:
    """Provide a directory for records; processes that outlive the program may still write there."""
    directory = tempfile.mkdtemp(prefix="interprocess-trace-")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _signals_sent_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Forward signals that end a program to the traced program, so that its trace is shown."""
    numbers = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
    before = {
        number: signal.signal(number, lambda number, _: process.send_signal(number))
        for number in numbers
        if number is not None and sys.platform != "win32"
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _command(options: argparse.Namespace) -> list[str]:
    """Return the command to run; this Python runs Python programs."""
    for option in ("m", "c"):
        rest = getattr(options, option)
        if rest:
            return [sys.executable, f"-{option}", *rest]
    program = options.program[1:] if options.program[:1] == ["--"] else options.program
    if not program:
        raise ValueError("there is no program to run")
    is_pythons = os.path.isdir(program[0]) or program[0].endswith((".py", ".pyw", ".pyz"))
    if is_pythons:
        return [sys.executable, *program]
    found = shutil.which(program[0])
    if found is None:
        raise FileNotFoundError(f"there is no program {program[0]!r}")
    return [found, *program[1:]]


def _environment(directory: str) -> dict[str, str]:
    """Return the environment in which Python programs are traced."""
    import interprocess.trace

    start = os.path.join(os.path.dirname(interprocess.trace.__file__), "_start")
    path = os.environ.get("PYTHONPATH")
    return {
        **os.environ,
        "INTERPROCESS_TRACE": directory,
        "PYTHONPATH": start + (os.pathsep + path if path else ""),
    }


@contextmanager
def _output(options: argparse.Namespace) -> Iterator[IO[str] | None]:
    """Provide the file for the lines, or `None` if only a page was requested."""
    if options.output is not None:
        with open(options.output, "w", encoding="utf-8", errors="backslashreplace") as file:
            yield file
    elif options.html and not options.json:
        yield None
    else:
        yield sys.stderr


def _show(records: Iterable[Record], output: IO[str] | None, options: argparse.Namespace) -> None:
    from interprocess.trace._calls import call_of

    for record in records:
        if output is None:
            continue
        call = call_of(record)
        if options.json:
            output.write(json.dumps(call.as_dict()) + "\n")
        else:
            output.write(f"[{call.process} {call.thread_name}] {call}\n")
    if output is not None:
        output.flush()


@contextmanager
def _page(options: argparse.Namespace) -> Iterator[IO[str] | None]:
    """Provide the file for the page, or `None` if none was requested."""
    if options.html is None:
        yield None
    else:
        with open(options.html, "w", encoding="utf-8", errors="backslashreplace") as file:
            yield file


def _write_page(reader: Reader, command: list[str], file: IO[str]) -> None:
    from interprocess.trace._calls import call_of
    from interprocess.trace._html import page

    calls = [call_of(record) for record in reader.in_order()]
    title = " ".join([os.path.basename(command[0]), *command[1:]])
    file.write(page(calls, title, reader.programs))
