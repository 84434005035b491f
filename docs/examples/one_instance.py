"""A program with a single instance: a second start hands over its arguments and ends.

    python docs/examples/one_instance.py NAME [ARGUMENT ...]

The first instance prints its arguments and those of every later start, one start a line. `quit`
ends it. A later start exits with 0 once the first has taken its arguments; otherwise with 1.
"""

from __future__ import annotations

import errno
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from interprocess.local_socket import Listener, Stream, connect, listen, serve
from interprocess.messages import LengthPrefix, MessageStream

#: For how many seconds a start tries to become or reach the first instance, and each of the two
#: waits for the other.
PATIENCE = 10.0

#: The errors of reaching a first instance that is ending, before anything was sent to it.
GONE = (FileNotFoundError, ConnectionError, TimeoutError, EOFError)


class UnconfirmedError(Exception):
    """The arguments were sent to the first instance, which has not confirmed them."""


def become_first_or_tell(name: str, arguments: list[str]) -> Listener | None:
    """Return a listener if this is the first instance; else hand the arguments to the first.

    Raises `UnconfirmedError` if it is unknown whether the first has acted on them, and `OSError` if
    it has not.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return listen(name, try_overwrite="if_dead", current_user_only=True)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
        with suppress(*GONE), reach_first(name) as first:
            return tell(first, arguments)
        time.sleep(0.01)


@contextmanager
def reach_first(name: str) -> Iterator[MessageStream]:
    """Connect to the first instance, which may end at any moment, until it says "ready"."""
    stream = connect(name, timeout=1, current_user_only=True)
    set_timeouts(stream)
    with MessageStream(stream, LengthPrefix()) as first:
        if first.recv() != b"ready":
            raise ConnectionError("the first instance is ending")
        yield first


def set_timeouts(stream: Stream) -> None:
    """Limit the time for which one instance waits for another."""
    stream.set_recv_timeout(PATIENCE)
    stream.set_send_timeout(PATIENCE)


def tell(first: MessageStream, arguments: list[str]) -> None:
    """Hand over the arguments once. Raises `UnconfirmedError` unless the first confirms them."""
    try:
        first.send(json.dumps(arguments).encode())
        answer = first.recv()
    except (OSError, EOFError) as error:
        raise UnconfirmedError(f"the first instance may not have the arguments: {error}") from error
    if answer != b"taken":
        raise UnconfirmedError("the first instance has ended, and may not have the arguments")


class FirstInstance:
    """The first instance, at work until `quit` comes."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.lock = threading.Lock()

    def run(self, arguments: list[str]) -> None:
        """Act on the arguments of this start, and on those of all later ones."""
        self.act(arguments)
        serve(self.listener, self.take)

    def take(self, stream: Stream) -> None:
        """Take the arguments of a later start: confirmed when they have been acted on."""
        set_timeouts(stream)
        with MessageStream(stream, LengthPrefix()) as later:
            later.send(b"ready")
            message = later.recv()
            if message is not None:
                self.act(json.loads(message))
                later.send(b"taken")

    def act(self, arguments: list[str]) -> None:
        """Do the program's work. Closing the listener lets another instance become the first."""
        with self.lock:
            if self.listener.closed:
                raise OSError(errno.ESHUTDOWN, "this instance has ended")
            print(*arguments, flush=True)
            if arguments == ["quit"]:
                self.listener.close()


def main() -> None:
    """Be the first instance, or a later one."""
    name, *arguments = sys.argv[1:]
    try:
        listener = become_first_or_tell(name, arguments)
    except (OSError, UnconfirmedError) as error:
        sys.exit(f"not delivered: {error}")
    if listener is not None:
        with listener:
            FirstInstance(listener).run(arguments)


if __name__ == "__main__":
    main()
