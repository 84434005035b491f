"""The common parts of the commands: options, messages to the user, and the end."""

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

#: The values of `--overwrite`.
OVERWRITE: dict[str | None, Overwrite] = {None: False, "always": True, "if-dead": "if_dead"}

_HALF_CLOSE = """\
Each direction ends by itself. After the end of standard input, which is passed
on to the peer, data from the peer is still written to standard output. After
the end of the peer's data, standard input is still sent. The program ends when
both directions have ended, or when the peer has left.
"""

_NO_HALF_CLOSE = """\
A named pipe has no half-close: the peer cannot see the end of standard input.
The program ends when the peer has left; or when standard input has ended, the
peer has received all of it, and then no data comes for 2 seconds (--wait
SECONDS). If standard input was empty, this requires --wait.
"""

ENDING = f"""\
how it ends:
{_NO_HALF_CLOSE if sys.platform == "win32" else _HALF_CLOSE}\
When standard output cannot be written, data from the peer is refused, and the
program ends when standard input is silent for 2 seconds. If data could not be
delivered, a line on standard error says so for each direction.
"""


def add_connection_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name and the options of a connection."""
    parser.add_argument(
        "name",
        metavar="NAME",
        help="a path if it contains a separator, otherwise a namespaced name",
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
            help="close the connection after this silence, once standard input has ended",
        )
    else:
        parser.set_defaults(wait=None)


def add_user_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that select the users allowed at the other end."""
    users = parser.add_mutually_exclusive_group()
    users.add_argument(
        "--current-user-only",
        action="store_true",
        default=None,
        help="accept only the same user and the administrator at the other end, even for a path",
    )
    users.add_argument(
        "--any-user",
        dest="current_user_only",
        action="store_const",
        const=False,
        help="accept all users at the other end of a name without permissions of its own",
    )


def add_listener_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a listener."""
    parser.add_argument(
        "--overwrite",
        choices=list(OVERWRITE)[1:],
        help="take over an existing socket file: always, or only if no process listens on it",
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
    """Add the options for waiting until connected."""
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="limit of the wait for a connection; default: no limit",
    )
    parser.add_argument(
        "--wait-for-server",
        action="store_true",
        help="also wait for a server that does not listen yet",
    )


def seconds(text: str) -> float:
    """Convert TEXT to a number of seconds."""
    try:
        return checked_timeout(float(text)) or 0.0
    except ValueError:
        message = f"{text!r} is not a number of seconds, such as 2.5"
        raise argparse.ArgumentTypeError(message) from None


def whole_number(text: str) -> int:
    """Convert TEXT to a whole number, at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def _mode(text: str) -> int:
    try:
        return int(text, 8)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an octal number, such as 660") from None


def new_listener(name: AnyName, options: argparse.Namespace) -> Listener:
    """Return a listener with the options from `add_listener_arguments`."""
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
    """Reports problems and progress to the user on standard error."""

    def __init__(self, command: str, progress: Progress) -> None:
        self._command = command
        self.progress = progress

    def complain(self, about: str) -> None:
        """Report a problem in one line."""
        self.progress.say(f"interprocess {self._command}: {about}")


def passages(options: argparse.Namespace, user: User) -> tuple[Passage, Passage]:
    """Return the passages from standard input to the peer, and back to standard output."""
    standard, framing, progress = options.separator, options.messages, user.progress
    return (
        Passage.converting(standard, framing, progress.sent, from_text=True),
        Passage.converting(framing, standard, progress.received, to_text=True),
    )


@contextmanager
def prepared(options: argparse.Namespace) -> Iterator[User]:
    """Prepare the process for a command; provide a `User` to report to."""
    end_on_signals()
    with warnings.catch_warnings(), Progress(options.progress) as progress:
        user = User(options.command, progress)
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = lambda message, *_: user.complain(str(message))
        yield user
