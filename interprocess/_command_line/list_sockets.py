"""`interprocess list`: what listens on this machine."""

from __future__ import annotations

import argparse
import json
import os
import sys

from interprocess.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess._command_line.listed import Listed

SUMMARY = "list what listens on this machine"

EPILOG = """\
where it looks:
Linux     /proc/net/unix has the sockets, and /proc/PID their processes: those
          of other users for root alone. Relative paths are shown as absolute
          ones where the process can be asked.
Windows   the pipes of this machine. Which processes have them cannot be asked
          without connecting.
elsewhere the socket files in the directory for names that are no paths. Which
          processes have them, lsof -U or sockstat -u may say.
With DIRECTORY, on Unix: the socket files in there. A file is dead if no process
has its socket open any more; asking does not connect.

NAME is what connect takes. It is - where there is no such text: the address in
brackets is what the system says.

exit status:
  0    done, also if nothing listens
  1    the system does not say, or a directory cannot be read
  2    the command line was wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "directories",
        nargs="*",
        metavar="DIRECTORY",
        help="list the socket files in there instead, also those that nobody listens on",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="also sockets with a name that do not listen: datagram sockets, accepted ones",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument(
        "--names", action="store_true", help="print nothing but names that connect takes"
    )


def run(options: argparse.Namespace) -> int:
    """Print what was found."""
    found = _found(options.directories, options.all)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    if options.json:
        print(json.dumps([listed.as_dict() for listed in found], indent=2))
    elif options.names:
        names = (listed.name for listed in found)
        for name in dict.fromkeys(name for name in names if name and name.isprintable()):
            print(name)
    else:
        print(table(found, _width()))
        if any(listed.processes == () for listed in found):
            print("?: of another user; root can see its process", file=sys.stderr)
    return 0


def _found(directories: Sequence[str], everything: bool) -> list[Listed]:
    if sys.platform == "win32":
        if directories:
            raise UnsupportedError("Windows has pipes in no directories: leave DIRECTORY out")
        from interprocess._command_line import list_pipes

        return list_pipes.found()
    from interprocess._command_line import list_socket_files

    if sys.platform in ("linux", "android"):
        from interprocess._command_line import list_proc

        if not directories:
            return list_proc.found(everything)
        return list_proc.with_processes(list_socket_files.found(directories))
    return list_socket_files.found(directories)


def table(found: Sequence[Listed], width: int | None = None) -> str:
    """Return a line for each of them, of at most WIDTH characters, under a line of headings."""
    rows = [("NAME", "STATE", "CLIENTS", "PID", "USER", "COMMAND")]
    for listed in found:
        name = listed.name or f"- [{listed.address}]"
        clients = "" if listed.clients is None else str(listed.clients)
        first = (_printable(name), listed.state, clients)
        processes = [
            (str(process.pid), process.user, process.command) for process in listed.processes or ()
        ]
        if listed.processes == ():
            processes = [("?", "", "")]
        for number, process in enumerate(processes or [("", "", "")]):
            shown = first if number == 0 else ("", "", "")
            rows.append((*shown, process[0], process[1], _printable(process[2])))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(line[:width] for line in lines)


def _width() -> int | None:
    """Return how wide the terminal is, if output goes to one."""
    return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else None


def _printable(text: str) -> str:
    """Return TEXT without characters that would do something to a terminal."""
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )
