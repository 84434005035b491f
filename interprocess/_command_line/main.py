"""The commands, and what all of them do about errors."""

from __future__ import annotations

import argparse
import os
import sys

from interprocess import __version__
from interprocess._command_line import capabilities_table, connect, listen
from interprocess._command_line.common import EXIT_FAILED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone. Keep Python from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except (OSError, ValueError, ImportError) as error:
        print(f"interprocess {options.command}: {error}", file=sys.stderr)
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="interprocess", description="Local sockets on the command line."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, add_arguments, summary, epilog in (
        (
            "listen",
            listen.add_arguments,
            "serve a local socket, joined to standard streams",
            listen.EPILOG,
        ),
        (
            "connect",
            connect.add_arguments,
            "connect to a local socket and join it to standard streams",
            connect.EPILOG,
        ),
        (
            "capabilities",
            capabilities_table.add_arguments,
            "say what exists here, and why not",
            None,
        ),
    ):
        add_arguments(
            commands.add_parser(
                name,
                help=summary,
                description=f"{summary}.".capitalize(),
                epilog=epilog,
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
        )
    return parser
