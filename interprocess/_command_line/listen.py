"""`interprocess listen`: a server, joined to standard input and output or to a command."""

from __future__ import annotations

import argparse
import shlex
import sys

from interprocess._command_line.common import (
    ENDING,
    EXIT_FAILED,
    add_connection_arguments,
    prepared,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess._command_line.command import Words
    from interprocess._interface.options import Overwrite
    from interprocess.local_socket import Listener, Stream

#: What `--overwrite` means.
OVERWRITE: dict[str | None, Overwrite] = {None: False, "always": True, "if-dead": "if_dead"}

EPILOG = f"""{ENDING}
With --exec, the end of what the client sends is the end of the command's
input, and when the command closes its output, the client is told so. When the
client has left, writing is an error for the command. The connection ends with
the command, when all that it wrote has been sent.

exit status:
  0         everything was delivered, in both directions
  1         no listener, or something could not be delivered
  2         the command line was wrong
  126, 127  the command of --exec cannot be executed, is not there
  129, 130, 143
            ended by SIGHUP, by Ctrl-C, by SIGTERM; no socket file is left
With --exec and without --keep-open, the status of the command if it is not 0;
128 and the number of the signal if one ended it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    add_connection_arguments(parser)
    parser.add_argument(
        "-k", "--keep-open", action="store_true", help="serve one client after another, for ever"
    )
    parser.add_argument(
        "-e",
        "--exec",
        metavar="COMMAND",
        type=_command,
        help="run this command, with no shell, for each client; with --keep-open, several at once",
    )
    parser.add_argument(
        "--max-clients",
        metavar="NUMBER",
        type=_number_of_clients,
        default=100,
        help="with --keep-open and --exec, how many at once; the next ones wait; 100 if not given",
    )
    parser.add_argument(
        "--overwrite",
        choices=["always", "if-dead"],
        help="take over a socket file that is there: any one, or one that nobody listens on",
    )
    if sys.platform != "win32":
        parser.add_argument(
            "--mode",
            type=_mode,
            help="permissions of the socket file, in octal; 600 if not given",
        )


def _mode(text: str) -> int:
    try:
        return int(text, 8)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not octal, as 660 is") from None


def _command(text: str) -> Words:
    if not text.strip():
        raise argparse.ArgumentTypeError("the command is empty")
    if sys.platform == "win32":
        return text  # Windows gives a program its command line as it is, and the program splits it.
    try:
        return shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _number_of_clients(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def run(options: argparse.Namespace) -> int:
    """Listen, and serve one client or many."""
    from interprocess._command_line import command

    with prepared("listen") as complain:
        try:
            if not options.exec:
                with _listener(options) as listener:
                    return _relay(listener, options, complain)
            command.check(options.exec)
            with _listener(options) as listener:
                if options.keep_open:
                    _run_commands(listener, options, complain)
                with next(listener) as stream:
                    listener.close()
                    return command.run(stream, options.exec, complain)
        except command.CommandError as error:
            complain(str(error))
            return error.status


def _listener(options: argparse.Namespace) -> Listener:
    from interprocess.local_socket import ListenerOptions, to_name

    name = to_name(options.name)
    overwrite = OVERWRITE[options.overwrite]
    only = options.current_user_only
    if sys.platform != "win32" and options.mode is not None:
        from interprocess.os.unix import local_socket

        return local_socket.ListenerOptions(
            name, try_overwrite=overwrite, current_user_only=only, mode=options.mode
        ).create_sync()
    return ListenerOptions(name, try_overwrite=overwrite, current_user_only=only).create_sync()


def _relay(listener: Listener, options: argparse.Namespace, complain: Callable[[str], None]) -> int:
    from interprocess._command_line.relay import Relay
    from interprocess._command_line.standard_streams import StandardInput

    standard_input = StandardInput()
    while True:
        with next(listener) as stream:
            if not options.keep_open:
                listener.close()  # So that others are refused, and do not wait in vain.
            relay = Relay(stream, standard_input, options.wait, is_last=not options.keep_open)
            relay.run()
        for complaint in relay.complaints:
            complain(complaint)
        if relay.output_failed or not options.keep_open:
            return EXIT_FAILED if relay.complaints else 0


def _run_commands(
    listener: Listener, options: argparse.Namespace, complain: Callable[[str], None]
) -> None:
    from interprocess._command_line import command
    from interprocess.local_socket import serve

    def run_command(stream: Stream) -> None:
        try:
            command.run(stream, options.exec, complain)
        except command.CommandError as error:
            complain(str(error))

    serve(
        listener,
        run_command,
        max_clients=options.max_clients,
        grace=0,
        on_error=lambda error, _: complain(str(error)),
    )
