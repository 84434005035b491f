"""What `listen` and `connect` have in common: options, messages, signals, how they end."""

from __future__ import annotations

import argparse
import signal
import sys
import warnings
from contextlib import contextmanager

from interprocess._command_line.standard_streams import open_those_that_are_closed, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXIT_FAILED = 1

_HALF_CLOSE = """\
Each direction ends by itself. The end of standard input is passed on to the
peer, and what the peer sends is still written to standard output. The end of
what the peer sends leaves standard input open. The program ends when both
directions have ended, or when the peer has left.
"""

_NO_HALF_CLOSE = """\
A named pipe has no half-close: the peer is not told that standard input has
ended. The program ends when the peer has left; or when standard input has
ended, the peer has received all of it, and then nothing comes for 2 seconds
(--wait SECONDS). After an input that was empty it does so with --wait only.
"""

ENDING = f"""\
how it ends:
{_NO_HALF_CLOSE if sys.platform == "win32" else _HALF_CLOSE}\
When standard output cannot be written, what the peer sends is refused, and
the program ends when nothing comes from standard input for 2 seconds. What
could not be delivered is told on standard error, in a line for each direction.
"""


def add_connection_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name and what concerns a connection."""
    parser.add_argument(
        "name", metavar="NAME", help="a path if it contains a separator, else a namespaced name"
    )
    parser.add_argument(
        "--any-user",
        dest="current_user_only",
        action="store_const",
        const=False,
        help="have to do with other users too, where the name has no permissions of its own",
    )
    if sys.platform == "win32":
        parser.add_argument(
            "--wait",
            type=_seconds,
            metavar="SECONDS",
            help="how long to wait in silence after the end of standard input",
        )
    else:
        parser.set_defaults(wait=None)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds >= 0:
        raise ValueError
    return seconds


@contextmanager
def prepared(command: str) -> Iterator[Callable[[str], None]]:
    """Prepare the process; give what tells the user that something went wrong, in a line."""

    def complain(about: str) -> None:
        say(f"interprocess {command}: {about}")

    open_those_that_are_closed()
    _end_on_signals()
    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = lambda message, *_: complain(str(message))
        yield complain


def _end_on_signals() -> None:
    """Have the signals that end a program run what is to be done at its end."""
    for number in _ending_signals():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _ending_signals() -> list[signal.Signals]:
    if sys.platform == "win32":
        return [signal.SIGTERM]
    return [signal.SIGTERM, signal.SIGHUP]


def _end(number: int, frame: object) -> None:  # noqa: ARG001  # what a handler is given
    for other in _ending_signals():
        signal.signal(other, signal.SIG_IGN)  # Nothing interrupts the end.
    raise SystemExit(128 + number)
