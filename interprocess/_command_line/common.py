"""What the commands have in common: options, what the user is told, how they end."""

from __future__ import annotations

import argparse
import sys
import warnings
from contextlib import contextmanager

from interprocess._command_line.framing_names import LINES, NULL, framing_name
from interprocess._command_line.passage import Passage
from interprocess._command_line.progress import Progress
from interprocess._command_line.signals import end_on_signals
from interprocess._interface.timeouts import checked_timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from interprocess._interface.options import Overwrite
    from interprocess.local_socket import Listener
    from interprocess.local_socket._shortcuts import AnyName

EXIT_FAILED = 1

#: What `--overwrite` means.
OVERWRITE: dict[str | None, Overwrite] = {None: False, "always": True, "if-dead": "if_dead"}

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
    add_user_arguments(parser)
    parser.add_argument(
        "--messages",
        metavar="FRAMING",
        type=framing_name,
        help="send each line of standard input as a message, and write each message from the peer"
        " as a line; FRAMING is the format on the connection",
    )
    parser.add_argument(
        *("-0", "--null"),
        dest="separator",
        action="store_const",
        const=NULL,
        default=LINES,
        help="with --messages, messages on standard input and output end with a NUL byte",
    )
    add_progress_argument(parser)
    if sys.platform == "win32":
        parser.add_argument(
            "--wait",
            type=seconds,
            metavar="SECONDS",
            help="how long to wait in silence after the end of standard input",
        )
    else:
        parser.set_defaults(wait=None)


def add_user_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which users there may be at the other end."""
    users = parser.add_mutually_exclusive_group()
    users.add_argument(
        "--current-user-only",
        action="store_true",
        default=None,
        help="accept only the same user and the administrator at the other end, also with a path",
    )
    users.add_argument(
        "--any-user",
        dest="current_user_only",
        action="store_const",
        const=False,
        help="have to do with other users too, where the name has no permissions of its own",
    )


def add_listener_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a listener."""
    parser.add_argument(
        "--overwrite",
        choices=list(OVERWRITE)[1:],
        help="take over a socket file that is there: any one, or one that nobody listens on",
    )
    if sys.platform != "win32":
        parser.add_argument(
            "--mode",
            type=_mode,
            help="permissions of the socket file, in octal; 600 if not given",
        )


def add_progress_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--progress`."""
    parser.add_argument(
        "--progress",
        action="store_true",
        help="show on standard error how much was transferred, and how fast: on a terminal during"
        " the transfer, elsewhere at the end",
    )


def add_waiting_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how connecting waits."""
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="how long connecting may wait; else for ever",
    )
    parser.add_argument(
        "--wait-for-server",
        action="store_true",
        help="wait also for a server that does not listen yet",
    )


def seconds(text: str) -> float:
    """Return the number of seconds that TEXT is."""
    try:
        return checked_timeout(float(text)) or 0.0
    except ValueError:
        message = f"{text!r} is no number of seconds, such as 2.5"
        raise argparse.ArgumentTypeError(message) from None


def whole_number(text: str) -> int:
    """Return the number that TEXT is, which has to be at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return number


def _mode(text: str) -> int:
    try:
        return int(text, 8)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not octal, as 660 is") from None


def new_listener(name: AnyName, options: argparse.Namespace) -> Listener:
    """Return a listener as the options of `add_listener_arguments` want it."""
    from interprocess.local_socket import ListenerOptions, to_name

    name = to_name(name)
    overwrite = OVERWRITE[options.overwrite]
    only = options.current_user_only
    if sys.platform != "win32" and options.mode is not None:
        from interprocess.os.unix import local_socket

        return local_socket.ListenerOptions(
            name, try_overwrite=overwrite, current_user_only=only, mode=options.mode
        ).create_sync()
    return ListenerOptions(name, try_overwrite=overwrite, current_user_only=only).create_sync()


class User:
    """Who has run the command, and reads standard error."""

    def __init__(self, command: str, progress: Progress) -> None:
        self._command = command
        self.progress = progress

    def complain(self, about: str) -> None:
        """Tell in a line that something went wrong."""
        self.progress.say(f"interprocess {self._command}: {about}")


def passages(options: argparse.Namespace, user: User) -> tuple[Passage, Passage]:
    """Return the ways of bytes from standard input to the peer, and back to standard output."""
    standard, framing, progress = options.separator, options.messages, user.progress
    return (
        Passage.converting(standard, framing, progress.sent, from_text=True),
        Passage.converting(framing, standard, progress.received, to_text=True),
    )


@contextmanager
def prepared(options: argparse.Namespace) -> Iterator[User]:
    """Prepare the process; give what tells the user how it goes."""
    end_on_signals()
    with warnings.catch_warnings(), Progress(options.progress) as progress:
        user = User(options.command, progress)
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = lambda message, *_: user.complain(str(message))
        yield user
