"""`interprocess connect`: join a connection to standard input and output."""

from __future__ import annotations

import argparse

from interprocess._command_line.common import (
    ENDING,
    EXIT_FAILED,
    add_connection_arguments,
    add_waiting_arguments,
    passages,
    prepared,
)
from interprocess._command_line.framing_names import FRAMING_HELP

SUMMARY = "connect to a local socket and join it to standard streams"

EPILOG = f"""{ENDING}
{FRAMING_HELP}
exit status:
  0    everything was delivered, in both directions
  1    no connection, or data could not be delivered
  2    the command line was wrong
  129, 130, 143
       ended by SIGHUP, by Ctrl-C, by SIGTERM
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    add_connection_arguments(parser)
    add_waiting_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Connect, and relay both directions until they have ended."""
    with prepared(options) as user:
        from interprocess._command_line.relay import Relay
        from interprocess._command_line.standard_streams import StandardInput
        from interprocess.local_socket import connect

        to_peer, from_peer = passages(options, user)
        with connect(
            options.name,
            timeout=options.timeout,
            current_user_only=options.current_user_only,
            wait_for_server=options.wait_for_server,
        ) as stream:
            relay = Relay(stream, StandardInput(to_peer), from_peer, options.wait)
            relay.run()
        for complaint in relay.complaints:
            user.complain(complaint)
        return EXIT_FAILED if relay.complaints else 0
