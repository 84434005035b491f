"""`interprocess listen`: join a server to standard input and output, or to a command."""

from __future__ import annotations

import argparse

from interprocess._command_line.common import (
    ENDING,
    EXIT_FAILED,
    add_connection_arguments,
    add_listener_arguments,
    new_listener,
    passages,
    prepared,
    seconds,
    whole_number,
)
from interprocess._command_line.framing_names import FRAMING_HELP
from interprocess._command_line.words import words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._command_line.common import User
    from interprocess.local_socket import Listener, Stream

SUMMARY = "serve a local socket, joined to standard streams"

EPILOG = f"""{ENDING}
With --exec, the end of the client's data is the end of the command's input, and
when the command closes its output, the client sees the end of the stream. When
the client has left, writing fails for the command. The connection ends with the
command, after all of its output has been sent.

{FRAMING_HELP}
exit status:
  0         everything was delivered, in both directions
  1         no listener, or data could not be delivered
  2         the command line was wrong
  126, 127  the command of --exec cannot be executed, or does not exist
  129, 130, 143
            ended by SIGHUP, by Ctrl-C, by SIGTERM; no socket file is left
With --exec and without --keep-open, the status of the command if it is not 0,
or 128 plus the number of the signal that ended it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    add_connection_arguments(parser)
    parser.add_argument(
        "-k", "--keep-open", action="store_true", help="serve one client after another, without end"
    )
    parser.add_argument(
        "-e",
        "--exec",
        metavar="COMMAND",
        type=words_of,
        help="run this command without a shell for each client; with --keep-open, several at once",
    )
    parser.add_argument(
        "--max-clients",
        metavar="NUMBER",
        type=whole_number,
        default=100,
        help="with --keep-open and --exec, limit of clients at once; others wait; default: 100",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="limit of the wait for each client; default: no limit",
    )
    add_listener_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Listen, and serve one client or many."""
    from interprocess._command_line import command

    with prepared(options) as user:
        try:
            if not options.exec:
                with new_listener(options.name, options) as listener:
                    return _relay(listener, options, user)
            command.check(options.exec)
            with new_listener(options.name, options) as listener:
                if options.keep_open:
                    _run_commands(listener, options, user)
                with _next_client(listener, options) as stream:
                    listener.close()
                    return command.run(
                        stream, options.exec, user.complain, *passages(options, user)
                    )
        except command.CommandError as error:
            user.complain(str(error))
            return error.status


def _next_client(listener: Listener, options: argparse.Namespace) -> Stream:
    if options.timeout is None:
        return next(listener)
    return listener.accept(options.timeout)


def _relay(listener: Listener, options: argparse.Namespace, user: User) -> int:
    from interprocess._command_line.relay import Relay
    from interprocess._command_line.standard_streams import StandardInput

    to_client, _ = passages(options, user)
    standard_input = StandardInput(to_client)
    while True:
        with _next_client(listener, options) as stream:
            if not options.keep_open:
                listener.close()  # Other clients are refused now, instead of waiting in vain.
            _, from_client = passages(options, user)
            relay = Relay(
                stream,
                standard_input,
                from_client,
                options.wait,
                is_last=not options.keep_open,
            )
            relay.run()
        for complaint in relay.complaints:
            user.complain(complaint)
        if relay.output_failed or not options.keep_open:
            return EXIT_FAILED if relay.complaints else 0


def _run_commands(listener: Listener, options: argparse.Namespace, user: User) -> None:
    from interprocess._command_line import command
    from interprocess.local_socket import serve

    def run_command(stream: Stream) -> None:
        try:
            command.run(stream, options.exec, user.complain, *passages(options, user))
        except command.CommandError as error:
            user.complain(str(error))

    serve(
        listener,
        run_command,
        max_clients=options.max_clients,
        grace=0,
        on_error=lambda error, _: user.complain(str(error)),
    )
