"""Join two connections: send the data from each one to the other.

Each direction ends by itself, as if the two peers were connected directly: the end of one peer's
data is passed on to the other peer, which may continue to send. When one peer has left, the
connection to the other is closed.
"""

from __future__ import annotations

import threading
from time import monotonic, sleep

from interprocess._command_line.passage import NoMessageError
from interprocess._command_line.relay import (
    has_left,
    has_unread_data,
    refuse_the_rest,
    wait_until_received,
)
from interprocess._command_line.standard_streams import CHUNK, QUIET_TIME
from interprocess._interface.accepting import PAUSE
from interprocess.local_socket import Shutdown, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._command_line.passage import Passage

#: The longest pause, in seconds, between checks if a peer has left after the end of its data.
_LONGEST_PAUSE = 0.25


class _NotDeliveredError(Exception):
    """The target accepts no more data."""


class Direction:
    """One direction: data from a source to a target."""

    def __init__(self, source: Any, target: Any, passage: Passage, names: tuple[str, str]) -> None:
        """Prepare a direction from SOURCE to TARGET; one may be `None`. NAMES are for messages."""
        self.source = source
        self.target = target
        self._passage = passage
        self._source_name, self._target_name = names
        #: Set when the data has ended or is refused.
        self.over = threading.Event()
        #: True if the other direction has found that the target has left, ...
        self._target_has_left = False
        #: ... and that the source has sent more.
        self._is_cut_off = False
        #: True if the connection can continue in the other direction.
        self._other_goes_on = False
        #: When data was last received.
        self._moved_at = monotonic()
        #: A message about undelivered data, if any.
        self.complaint: str | None = None

    def run(self) -> None:
        """Carry data until it ends or cannot be delivered."""
        try:
            for piece in self._passage.pieces(self._receive):
                self._send(piece)
            self.complaint = self._passage.complaint
            self._other_goes_on = True
        except NoMessageError as error:
            self.complaint = f"invalid data from {self._source_name}: {error}"
            self._refuse()
        except _NotDeliveredError:
            self.complaint = _not_delivered(self._source_name, self._target_name)
            self._refuse()
        except ConnectionError:
            # The source has left without receiving all. Its own data has been passed on.
            self.complaint = _not_delivered(self._target_name, self._source_name)
        except (OSError, ValueError):  # We have closed it.
            if self._is_cut_off:
                self.complaint = _not_delivered(self._source_name, self._target_name)
        finally:
            self.over.set()

    def _receive(self) -> bytes:
        chunk: bytes = self.source.recv(CHUNK)
        self._moved_at = monotonic()
        return chunk

    def _send(self, data: bytes) -> None:
        if self.target is None:
            raise _NotDeliveredError
        try:
            self.target.send_all(data)
        except OSError:
            raise _NotDeliveredError from None
        except ValueError:
            if self._target_has_left:  # The other direction has closed it, before this one noticed.
                raise _NotDeliveredError from None
            raise

    def _refuse(self) -> None:
        self._other_goes_on = True
        if hasattr(self.source, "shutdown"):
            refuse_the_rest(self.source)
        else:
            self.source.close()  # A FIFO file, which has one direction.

    def finish(self, other: Direction) -> bool:
        """Pass the end on to the target, and wait until OTHER has ended as well.

        Returns `False` if the connection ends here, whatever the other direction does.
        """
        if not self._other_goes_on or other.source is None or other.target is None:
            return False
        if self.target is not None and not self._end_sending():
            return self._wait_in_silence(other)
        pause = 0.001
        while not other.over.wait(pause):
            if has_left(self.source):
                return False
            pause = min(pause * 2, _LONGEST_PAUSE)
        return True

    def tell(self, other: Direction) -> None:
        """Tell OTHER, before both ends are closed, if its target has left, perhaps too early."""
        if self.source is None or other.source is None:
            return
        try:
            other._target_has_left = has_left(self.source)
            other._is_cut_off = other._target_has_left and has_unread_data(other.source)
        except (OSError, ValueError):
            pass  # It has left or is closed already.

    def _end_sending(self) -> bool:
        """Pass the end on; return `False` if the connection has no half-close."""
        try:
            self.target.shutdown(Shutdown.SEND)
        except UnsupportedError:
            return False
        except (OSError, ValueError):
            pass  # The peer has left, or we have.
        return True

    def _wait_in_silence(self, other: Direction) -> bool:
        """Wait until the peer, which cannot see the end, stops sending."""
        try:
            if has_left(self.source) or not wait_until_received(self.target):
                return False
        except ValueError:
            return False
        since = monotonic()
        while not other.over.wait(0.1):
            if monotonic() - max(since, other._moved_at) >= QUIET_TIME:
                return False
        return True


def _not_delivered(sender: str, recver: str) -> str:
    return f"{recver} has left, or receives no more: not all that {sender} sent was delivered"


class Joined:
    """A client and the target that its connection is joined to."""

    def __init__(
        self, client: Any, target: tuple[Any, Any], to_target: Passage, to_client: Passage
    ) -> None:
        """Prepare to join; TARGET is a receiver and a sender, one of which may be `None`."""
        recver, sender = target
        self._ends = [end for end in (client, recver, sender) if end is not None]
        self._forth = Direction(client, sender, to_target, ("the client", "the target"))
        self._back = Direction(recver, client, to_client, ("the target", "the client"))

    def run(self) -> list[str]:
        """Carry both directions until the connection ends; return messages for the user."""
        carrying = None
        try:
            if self._back.source is not None:
                carrying = self._start_thread()
            self._carry(self._forth, self._back)
            if carrying is not None:
                carrying.join()
        finally:
            self._close()
            if carrying is not None:
                carrying.join()
        complaints = (self._forth.complaint, self._back.complaint)
        return [complaint for complaint in dict.fromkeys(complaints) if complaint]

    def _start_thread(self) -> threading.Thread:
        """Start the second thread; if the system is out of threads, wait for one."""
        while True:
            thread = threading.Thread(
                target=self._carry, args=(self._back, self._forth), name="back", daemon=True
            )
            try:
                thread.start()
                return thread
            except RuntimeError:
                sleep(PAUSE)
                self._forth.source.readable()  # Raises once it was closed.

    def _carry(self, direction: Direction, other: Direction) -> None:
        direction.run()
        if not direction.finish(other):
            direction.tell(other)
            self._close()

    def _close(self) -> None:
        for end in self._ends:
            end.close()
