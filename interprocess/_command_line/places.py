"""The places that `proxy` connects: local sockets, loopback TCP ports, FIFO files, commands."""

from __future__ import annotations

import argparse
import os
import re
import threading
from time import monotonic, sleep

from interprocess._command_line.common import new_listener
from interprocess._interface.accepting import PAUSE, is_shortage
from interprocess._interface.timeouts import deadline_after, remaining
from interprocess.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess._command_line.words import Words


#: For how many seconds connecting waits before it checks whether to continue.
_SLICE = 0.25

_PREFIX = re.compile("(local|tcp|fifo|from-fifo|exec):", re.IGNORECASE)

PLACES_HELP = """\
places:
NAME, local:NAME    a local socket: a path if it contains a separator, else a
                    namespaced name
tcp:PORT, tcp:HOST:PORT
                    a TCP port of the loopback interface: 127.0.0.1, [::1] or
                    localhost; every user of the machine can connect to it
fifo:PATH           TARGET only: a FIFO file; clients' data are written to it
from-fifo:PATH      TARGET only: a FIFO file; its data are sent to the client
exec:COMMAND        TARGET only: a command, run without a shell for each client,
                    with the connection as its standard input and output
"""


class NotWantedError(Exception):
    """Connecting was abandoned, since the client has left or the program is ending."""


class Patience:
    """Limits how long connecting waits, optionally also for a server that does not listen yet."""

    def __init__(
        self, timeout: float | None, wait_for_server: bool, wanted: Callable[[], bool]
    ) -> None:
        """Set the limits; WANTED returns true while the connection is still needed."""
        self.timeout = timeout
        self.wait_for_server = wait_for_server
        self._wanted = wanted

    def until_done(self, attempt: Callable[[float], Any], place: object) -> Any:
        """Return the result of ATTEMPT, which is called with the number of seconds it may take.

        It is called again after `TimeoutError`, when descriptors have run out, and when we wait for
        a server that does not listen yet. Raises `TimeoutError` and `NotWantedError`.
        """
        deadline = deadline_after(self.timeout)
        while True:
            left = remaining(deadline)
            began = monotonic()
            try:
                return attempt(_SLICE if left is None else min(left, _SLICE))
            except (TimeoutError, BlockingIOError) as error:
                last: OSError = error
                pause = 0.0 if monotonic() - began > _SLICE / 2 else _SLICE / 5
            except OSError as error:
                last = error
                if is_shortage(error):
                    pause = PAUSE
                elif self.wait_for_server and _is_absence(error):
                    pause = _SLICE / 5
                else:
                    raise
            if not self._wanted():
                raise NotWantedError
            left = remaining(deadline)
            if left == 0:
                message = f"no connection within {self.timeout:g} seconds: {last.strerror or last}"
                raise TimeoutError(last.errno, message, str(place)) from None
            sleep(pause if left is None else min(pause, left))


def _is_absence(error: OSError) -> bool:
    return isinstance(error, (FileNotFoundError, ConnectionRefusedError))


class LocalPlace:
    """A local socket."""

    def __init__(self, text: str) -> None:
        self._text = text

    def listen(self, options: argparse.Namespace) -> Any:
        """Return a listener."""
        return new_listener(self._text, options)

    def connect(self, patience: Patience, current_user_only: bool | None) -> tuple[Any, Any]:
        """Return the object to receive from and the object to send to."""
        from interprocess.local_socket import connect

        stream = patience.until_done(
            lambda time: connect(self._text, timeout=time, current_user_only=current_user_only),
            self,
        )
        return stream, stream

    def identity(self) -> object:
        """Return a value that is equal for equal places."""
        from interprocess.local_socket import to_name

        name = to_name(self._text)
        is_file = hasattr(name, "address") and name.is_path()
        return os.path.realpath(name.as_text()) if is_file else str(name).lower()

    def __str__(self) -> str:
        return self._text


class TcpPlace:
    """A TCP port of the loopback interface."""

    def __init__(self, text: str) -> None:
        from interprocess._command_line.tcp import TcpAddress

        self.address = TcpAddress(text)

    def listen(self, options: argparse.Namespace) -> Any:
        """Return a listener."""
        from interprocess._command_line.tcp import TcpListener

        for option in ("mode", "overwrite"):
            if getattr(options, option, None) is not None:
                raise UnsupportedError(f"--{option} is for socket files, but {self} is not one")
        return TcpListener(self.address)

    def connect(self, patience: Patience, current_user_only: bool | None) -> tuple[Any, Any]:  # noqa: ARG002  # `proxy` refuses it
        """Return the object to receive from and the object to send to."""
        from interprocess._command_line.tcp import connect

        stream = patience.until_done(lambda time: connect(self.address, time), self)
        return stream, stream

    def identity(self) -> object:
        """Return a value that is equal for equal places."""
        return self.address.candidates()[0][1], self.address.port

    def __str__(self) -> str:
        return str(self.address)


class FifoPlace:
    """A FIFO file, used in one direction."""

    def __init__(self, path: str, *, receives: bool) -> None:
        if not path:
            raise ValueError("the path of the FIFO file is empty")
        self._path = path
        self._receives = receives
        self._turn = threading.Lock()

    def connect(self, patience: Patience, current_user_only: bool | None) -> tuple[Any, Any]:  # noqa: ARG002  # files have permissions
        """Return the object to receive from and the object to send to; one is `None`."""
        try:
            from interprocess.os.unix import fifo_file
        except ImportError as error:
            raise UnsupportedError(str(error)) from None

        path = self._path
        if not self._receives:
            open_sender = fifo_file.open_sender
            sender = patience.until_done(lambda time: open_sender(path, timeout=time), self)
            return None, _SenderInTurn(sender, self._turn)
        # Kept open during the wait: otherwise data from a sender could be lost.
        recver = patience.until_done(lambda _: fifo_file.open_recver(path, nonblocking=True), self)
        try:
            wait = fifo_file._wait_for_sender
            patience.until_done(lambda time: wait(recver.fileno(), monotonic() + time, path), self)
            recver.set_nonblocking(False)
        except BaseException:
            recver.close()
            raise
        return recver, None

    def __str__(self) -> str:
        return f"{'from-fifo' if self._receives else 'fifo'}:{self._path}"


class _SenderInTurn:
    """An end of a FIFO file for one of several clients; pieces of their data do not mix."""

    def __init__(self, sender: Any, turn: threading.Lock) -> None:
        self._sender = sender
        self._turn = turn

    def send_all(self, data: bytes) -> None:
        """Send all of DATA while no other client sends."""
        with self._turn:
            self._sender.send_all(data)

    def close(self) -> None:
        """Close the end."""
        self._sender.close()


class CommandPlace:
    """A command."""

    def __init__(self, text: str) -> None:
        from interprocess._command_line.words import words_of

        self.words: Words = words_of(text)
        self._text = text

    def __str__(self) -> str:
        return f"exec:{self._text}"


def listening_place(text: str) -> LocalPlace | TcpPlace:
    """Return the place for the argument LISTEN."""
    place = _place(text)
    if isinstance(place, (LocalPlace, TcpPlace)):
        return place
    raise argparse.ArgumentTypeError(f"{text!r} can only be TARGET: clients cannot connect to it")


def target_place(text: str) -> LocalPlace | TcpPlace | FifoPlace | CommandPlace:
    """Return the place for the argument TARGET."""
    place = _place(text)
    if isinstance(place, TcpPlace) and not place.address.port:
        raise argparse.ArgumentTypeError(f"{text!r}: port 0 is to listen on: any free port")
    return place


def _place(text: str) -> LocalPlace | TcpPlace | FifoPlace | CommandPlace:
    prefix = _PREFIX.match(text)
    kind, rest = (prefix[1].lower(), text[prefix.end() :]) if prefix else ("local", text)
    try:
        if kind == "tcp":
            return TcpPlace(rest)
        if kind == "exec":
            return CommandPlace(rest)
        if kind == "local":
            return LocalPlace(rest)
        return FifoPlace(rest, receives=kind == "from-fifo")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
