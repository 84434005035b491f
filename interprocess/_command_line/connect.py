"""`interprocess connect`: a connection, joined to standard input and output."""

from __future__ import annotations

import argparse

from interprocess._command_line.common import (
    ENDING,
    EXIT_FAILED,
    add_connection_arguments,
    prepared,
)

EPILOG = f"""{ENDING}
exit status:
  0    everything was delivered, in both directions
  1    no connection, or something could not be delivered
  2    the command line was wrong
  129, 130, 143
       ended by SIGHUP, by Ctrl-C, by SIGTERM
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    add_connection_arguments(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="how long connecting may wait; else for ever",
    )


def run(options: argparse.Namespace) -> int:
    """Connect, and carry both directions until they have ended."""
    with prepared("connect") as complain:
        from interprocess._command_line.relay import Relay
        from interprocess._command_line.standard_streams import StandardInput
        from interprocess.local_socket import connect

        with connect(
            options.name,
            timeout=options.timeout,
            current_user_only=options.current_user_only,
        ) as stream:
            relay = Relay(stream, StandardInput(), options.wait)
            relay.run()
        for complaint in relay.complaints:
            complain(complaint)
        return EXIT_FAILED if relay.complaints else 0
