"""The command line parser, and the common handling of errors."""

from __future__ import annotations

import argparse
import os
import sys

from interprocess import __version__
from interprocess._command_line import (
    capabilities_table,
    completion,
    connect,
    list_sockets,
    listen,
    proxy,
    trace,
)
from interprocess._command_line.common import EXIT_FAILED
from interprocess._command_line.standard_streams import OUTPUT, open_those_that_are_closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_INTERRUPTED = 130

#: Each command is a module with a `SUMMARY`, an `EPILOG` for its help, `run`, and
#: `add_arguments(parser)`, which makes `run` the parser's default.
COMMANDS = {
    "listen": listen,
    "connect": connect,
    "proxy": proxy,
    "list": list_sockets,
    "capabilities": capabilities_table,
    "completion": completion,
    "trace": trace,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    open_those_that_are_closed()
    if sys.stdout is None:
        # Printing must fail; with `None`, Python would print nothing without an error.
        sys.stdout = open(OUTPUT, "w", closefd=False)  # noqa: SIM115  # for as long as we run
    try:
        options = make_parser().parse_args(arguments)
        return _run(options)
    finally:
        _give_up_output()


def _run(options: argparse.Namespace) -> int:
    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_FAILED  # The reader of our output has left.
    except (OSError, ValueError, ImportError) as error:
        print(f"interprocess {options.command}: {error}", file=sys.stderr)
        return EXIT_FAILED


def _give_up_output() -> None:
    """Prevent an error message at exit from Python about output that cannot be printed."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="interprocess", description="Local sockets on the command line."
    )
    parser.add_argument("--version", action="version", version=__version__)
    # Completion scripts are generated from the whole parser.
    parser.set_defaults(whole_parser=parser)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(
            commands.add_parser(
                name,
                help=command.SUMMARY,
                description=f"{command.SUMMARY[0].upper()}{command.SUMMARY[1:]}.",
                epilog=command.EPILOG,
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
        )
    return parser
