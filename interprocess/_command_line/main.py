"""The commands, their options and their exit statuses.

0: done. 1: it failed, with one line that says why. 2: the command line was wrong. 130: Ctrl-C. 143:
SIGTERM. Those that a shell would give to a program that ends so.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading

from interprocess import __version__
from interprocess._command_line import capabilities_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from interprocess._command_line.relay import Command
    from interprocess._interface.options import Overwrite
    from interprocess.local_socket import Listener, Stream

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143

#: What `--overwrite` means.
OVERWRITE: dict[str | None, Overwrite] = {None: False, "always": True, "if-dead": "if_dead"}

NAME_HELP = "a path if it contains a separator, else a namespaced name"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone. Keep Python from complaining when it flushes at exit.
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
    for name, add_arguments, summary in (
        (
            "listen",
            _add_listen,
            "serve a local socket, joined to standard streams",
        ),
        ("connect", _add_connect, "connect to a local socket and join it to standard streams"),
        ("capabilities", capabilities_table.add_arguments, "say what exists here, and why not"),
    ):
        add_arguments(
            commands.add_parser(name, help=summary, description=f"{summary}.".capitalize())
        )
    return parser


def _add_listen(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_listen)
    parser.add_argument("name", metavar="NAME", help=NAME_HELP)
    parser.add_argument(
        "-k", "--keep-open", action="store_true", help="serve one client after another, for ever"
    )
    parser.add_argument(
        "-e",
        "--exec",
        metavar="COMMAND",
        type=_command,
        help="run this command for each client; with --keep-open, for several at once",
    )
    parser.add_argument(
        "--overwrite",
        choices=["always", "if-dead"],
        help="take over a socket file that is there: any one, or one that nobody listens on",
    )
    if sys.platform != "win32":
        parser.add_argument(
            "--mode",
            type=lambda text: int(text, 8),
            help="permissions of the socket file, in octal; 600 if not given",
        )


def _add_connect(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_connect)
    parser.add_argument("name", metavar="NAME", help=NAME_HELP)
    parser.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="how long connecting may wait; else for ever",
    )


def _command(text: str) -> Command:
    if not text.strip():
        raise argparse.ArgumentTypeError("the command is empty")
    # Windows gives a program its command line as it is, and the program splits it.
    return text if sys.platform == "win32" else shlex.split(text)


def _connect(options: argparse.Namespace) -> int:
    from interprocess._command_line.relay import StandardInput, join_standard_streams
    from interprocess.local_socket import connect

    with connect(options.name, timeout=options.timeout) as stream:
        join_standard_streams(stream, StandardInput())
    return 0


def _listen(options: argparse.Namespace) -> int:
    from interprocess._command_line.relay import StandardInput, join_standard_streams, run_command

    # So that `kill` leaves no socket file behind.
    signal.signal(signal.SIGTERM, _terminate)
    with _listener(options) as listener:
        if options.exec:
            if options.keep_open:
                _serve_concurrently(listener, options.exec)
            with listener.accept() as stream:
                return run_command(stream, options.exec)
        standard_input = StandardInput()
        while True:
            with listener.accept() as stream:
                join_standard_streams(stream, standard_input)
            if not options.keep_open:
                return 0


def _terminate(signal_number: int, frame: object) -> None:  # noqa: ARG001  # what a handler is given
    raise SystemExit(EXIT_TERMINATED)


def _listener(options: argparse.Namespace) -> Listener:
    from interprocess.local_socket import ListenerOptions, to_name

    name = to_name(options.name)
    overwrite = OVERWRITE[options.overwrite]
    if sys.platform != "win32" and options.mode is not None:
        from interprocess.os.unix import local_socket

        return local_socket.ListenerOptions(
            name, try_overwrite=overwrite, mode=options.mode
        ).create_sync()
    return ListenerOptions(name, try_overwrite=overwrite).create_sync()


def _serve_concurrently(listener: Listener, command: Command) -> None:
    from interprocess._command_line.relay import run_command

    def serve(stream: Stream) -> None:
        with stream:
            try:
                run_command(stream, command)
            except OSError as error:
                print(f"interprocess listen: {error}", file=sys.stderr)

    for stream in listener:
        threading.Thread(target=serve, args=(stream,), daemon=True).start()
