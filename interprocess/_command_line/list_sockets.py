"""`interprocess list`: the sockets or pipes that listen on this machine."""

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

SUMMARY = "list the sockets or pipes that listen on this machine"

EPILOG = """\
where it looks:
Linux     the sockets that the kernel lists (sock_diag), and their processes in
          /proc/PID; only root sees processes of other users. A relative path is
          shown as an absolute one if it still leads to a socket. Where a
          sandbox forbids sock_diag, /proc/net/unix, where names can be forged.
Windows   all pipes. Their processes are not shown: the program would have to
          connect to ask for them.
elsewhere the socket files in the directory for names without a separator. Try
          lsof -U or sockstat -u for their processes.
With DIRECTORY, on Unix: the socket files in it. A file is dead if no process
has its socket open; the check does not connect to it.

NAME is the text that connect accepts. If there is no such text, NAME is -,
followed by the system's form of the address in brackets.

exit status:
  0    done, even if no socket listens
  1    the system provides no list, or a directory cannot be read
  2    the command line was wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "directories",
        nargs="*",
        metavar="DIRECTORY",
        help="list the socket files in this directory instead, dead ones too",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="also list named sockets that do not listen: datagram sockets, accepted connections",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument(
        "--names", action="store_true", help="print only the names that connect accepts"
    )


def run(options: argparse.Namespace) -> int:
    """Print the sockets or pipes."""
    found, note = _found(options.directories, options.all)
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
    if note:
        print(f"interprocess list: {note}", file=sys.stderr)
    return 0


def _found(directories: Sequence[str], everything: bool) -> tuple[list[Listed], str]:
    """Return the sockets or pipes, and what users must know about them."""
    if sys.platform == "win32":
        if directories:
            raise UnsupportedError("Windows has pipes in no directories: leave DIRECTORY out")
        from interprocess._command_line import list_pipes

        return list_pipes.found(), ""
    from interprocess._command_line import list_socket_files

    if sys.platform == "linux" or sys.platform == "android":
        from interprocess._command_line import list_linux

        if not directories:
            return list_linux.found(everything)
        return list_linux.with_processes(list_socket_files.found(directories))
    return list_socket_files.found(directories), ""


def table(found: Sequence[Listed], width: int | None = None) -> str:
    """Return a heading and a line for each socket, of at most WIDTH characters."""
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
    """Return the width of the terminal if standard output is one, otherwise `None`."""
    return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else None


def _printable(text: str) -> str:
    """Return TEXT with control characters escaped."""
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )
