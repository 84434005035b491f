"""`interprocess proxy`: connect each client of one place to another place."""

from __future__ import annotations

import argparse
import itertools
import signal
import sys

from interprocess._command_line.common import (
    EXIT_FAILED,
    add_listener_arguments,
    add_progress_argument,
    add_user_arguments,
    add_waiting_arguments,
    prepared,
    seconds,
    whole_number,
)
from interprocess._command_line.framing_names import FRAMING_HELP, framing_name
from interprocess._command_line.places import PLACES_HELP, listening_place, target_place
from interprocess._command_line.signals import end_at_once, ending_signals
from interprocess.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._command_line.common import User

SUMMARY = "connect clients of a local socket or port to another one, a FIFO file, a command"

EPILOG = f"""{PLACES_HELP}
how it ends:
Each direction of a connection ends by itself, as if the two peers were
connected directly: the end of one peer's data is passed on to the other, and
when one peer has left, the other's connection is closed. (Windows: a named
pipe has no half-close. After the end of a TCP client's data, the connection to
a pipe ends once no data have come for 2 seconds.) With a FIFO file, the
connection ends with its one direction, with a command when the command ends.
An error ends only its own connection.

Ctrl-C, SIGTERM or SIGHUP end the program: it stops listening, removes its
socket file, and gives connections 5 seconds to end (--grace SECONDS). A second
signal ends it at once.

{FRAMING_HELP}
exit status:
  0         with --once: everything was delivered, in both directions
  1         no listener; with --once also: no connection, or data could not be
            delivered
  2         the command line was wrong
  126, 127  the command of exec: cannot be executed, or does not exist
  129, 130, 143
            ended by SIGHUP, by Ctrl-C, by SIGTERM
With --once and exec:, the status of the command if it is not 0, or 128 plus the
number of the signal that ended it.
"""

#: The number of descriptors reserved for purposes other than connections.
_SPARE = 32

#: The default limit of clients at once; lower if the system allows fewer descriptors.
_MOST_CLIENTS = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "listen", metavar="LISTEN", type=listening_place, help="the place that clients connect to"
    )
    parser.add_argument(
        "target",
        metavar="TARGET",
        type=target_place,
        help="the place that each client is connected to",
    )
    parser.add_argument(
        "--once", action="store_true", help="serve one client, and end with its connection"
    )
    add_user_arguments(parser)
    add_waiting_arguments(parser)
    parser.add_argument(
        "--messages",
        metavar="FRAMING[:FRAMING]",
        type=_framings,
        help="pass on only complete messages; the second FRAMING is for TARGET, if it differs",
    )
    add_progress_argument(parser)
    parser.add_argument(
        "--max-clients",
        metavar="NUMBER",
        type=whole_number,
        help=f"limit of clients at once; others wait; default: {_MOST_CLIENTS}, or fewer if the"
        " process may not open enough descriptors",
    )
    parser.add_argument(
        "--grace",
        type=seconds,
        metavar="SECONDS",
        default=5.0,
        help="how long connections may continue after the first signal; default: 5",
    )
    add_listener_arguments(parser)


def _framings(text: str) -> tuple[str, str]:
    first, _, second = text.partition(":")
    return framing_name(first), framing_name(second or first)


def run(options: argparse.Namespace) -> int:
    """Listen, and connect each client to the target."""
    from interprocess._command_line import command
    from interprocess._command_line.places import CommandPlace, TcpPlace

    with prepared(options) as user:
        target = options.target
        try:
            if isinstance(target, CommandPlace):
                command.check(target.words)
            if options.current_user_only and TcpPlace in (type(options.listen), type(target)):
                raise UnsupportedError(
                    "--current-user-only: TCP does not identify the user of a peer"
                )
            if getattr(target, "identity", object)() == options.listen.identity():
                raise ValueError(f"LISTEN and TARGET are the same: {target}")
            with options.listen.listen(options) as listener:
                proxy = Proxy(listener, options, user)
                return proxy.serve_one() if options.once else proxy.serve()
        except command.CommandError as error:
            user.complain(str(error))
            return error.status


class Proxy:
    """The clients of a listener, each connected to the target."""

    def __init__(self, listener: Any, options: argparse.Namespace, user: User) -> None:
        self._listener = listener
        self._options = options
        self._user = user
        self._numbers = itertools.count(1)
        #: The signal that ended the program; 0 if none.
        self._signal = 0
        if getattr(getattr(options.listen, "address", None), "port", None) == 0:
            user.complain(f"listening at {listener.name}")

    def serve_one(self) -> int:
        """Serve one client; return the exit status."""
        with next(self._listener) as client:
            self._listener.close()
            return self._serve(client, "")

    def serve(self) -> int:
        """Serve clients until a signal ends that; return the exit status."""
        from interprocess.local_socket import serve

        for number in [signal.SIGINT, *ending_signals()]:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._end)
        options = self._options
        serve(
            self._listener,
            lambda client: self._serve(client, f"connection {next(self._numbers)}: "),
            max_clients=options.max_clients or _most_clients(),
            grace=options.grace,
            on_error=lambda error, _: self._user.complain(str(error)),
        )
        return 128 + self._signal

    def _end(self, number: int, frame: object) -> None:  # noqa: ARG002  # the signature of a handler
        self._signal = number
        for other in [signal.SIGINT, *ending_signals()]:
            if signal.getsignal(other) is not signal.SIG_IGN:
                signal.signal(other, end_at_once)
        self._listener.close()

    def _serve(self, client: Any, which: str) -> int:
        """Connect a client to the target; return the exit status, 0 if everything was delivered."""
        from interprocess._command_line import command
        from interprocess._command_line.places import CommandPlace, NotWantedError

        def complain(about: str) -> None:
            self._user.complain(f"{which}{about}")

        target = self._options.target
        try:
            if isinstance(target, CommandPlace):
                to_target, to_client = self._passages()
                return command.run(client, target.words, complain, to_client, to_target)
            return self._join(client, complain)
        except command.CommandError as error:
            complain(str(error))
            return error.status
        except NotWantedError:
            return EXIT_FAILED
        except (OSError, ValueError) as error:
            if not client.closed:  # Otherwise the error results from closing.
                complain(str(error))
            return EXIT_FAILED

    def _join(self, client: Any, complain: Any) -> int:
        from interprocess._command_line.joined import Joined
        from interprocess._command_line.places import Patience

        options = self._options
        patience = Patience(options.timeout, options.wait_for_server, lambda: not client.closed)
        ends = options.target.connect(patience, options.current_user_only)
        complaints = Joined(client, ends, *self._passages()).run()
        for complaint in complaints:
            complain(complaint)
        return EXIT_FAILED if complaints else 0

    def _passages(self) -> Any:
        """Return the passages to the target and back."""
        from interprocess._command_line.passage import Passage

        progress = self._user.progress
        first, second = self._options.messages or (None, None)
        return (
            Passage.converting(first, second, progress.sent),
            Passage.converting(second, first, progress.received),
        )


def _most_clients() -> int:
    """Return the number of clients that the descriptor limit allows: each takes up to three."""
    if sys.platform == "win32":
        return _MOST_CLIENTS
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return _MOST_CLIENTS
    return max(1, min(_MOST_CLIENTS, (limit - _SPARE) // 3))
