"""Join a local socket to standard input and output: two directions, which end independently.

The end of standard input is passed on to the peer, and receiving continues. The end of the peer's
data ends receiving, and sending continues. The connection ends when both directions have ended, or
when the peer has left.
"""

from __future__ import annotations

import select
import sys
import threading
from time import monotonic, sleep

from interprocess._command_line.passage import NoMessageError
from interprocess._command_line.standard_streams import CHUNK, QUIET_TIME, StandardOutput
from interprocess.local_socket import Shutdown, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from interprocess._command_line.passage import Passage
    from interprocess._command_line.standard_streams import StandardInput
    from interprocess.local_socket import Stream

#: FlushFileBuffers fails with this if the peer has left without reading all data.
ERROR_BROKEN_PIPE = 109

NOT_ALL_SENT = "the peer has left, or receives no more: not all of the input was delivered"


class Relay:
    """One connection, joined to the standard streams."""

    def __init__(
        self,
        stream: Stream,
        standard_input: StandardInput,
        from_peer: Passage,
        quiet_time: float | None,
        is_last: bool = True,
    ) -> None:
        """Prepare the relay.

        FROM_PEER is the passage from the peer to standard output. QUIET_TIME is for pipes, which
        have no half-close: the connection is closed once the input has ended, the peer has read it,
        and no data has come for that many seconds. `None` means the default time, but only if input
        was sent; after empty input, the connection stays open. IS_LAST is true if no later
        connection can take the rest of the input.
        """
        self._stream = stream
        self._input = standard_input
        self._from_peer = from_peer
        self._quiet_time = quiet_time
        self._is_last = is_last
        self._has_sent = False
        self._over = False
        self._refuses = False
        #: When the current wait for data from the peer began; `None` if there is none.
        self._waiting_since: float | None = None
        #: Messages about undelivered data, without duplicates.
        self.complaints: list[str] = []
        self._output = StandardOutput(self._refuse_the_rest)

    def run(self) -> None:
        """Carry both directions until both have ended, then close the connection."""
        sending = threading.Thread(target=self._send_input, name="sending", daemon=True)
        sending.start()
        try:
            self._receive_output()
            self._output.finish()
            if self._output.error is not None:
                self._complain(
                    f"standard output: {self._output.error.strerror}: "
                    "not all that came was delivered"
                )
            wait_until_nothing_can_be_sent(self._stream)
            self._over = True
            self._input.recheck()
            sending.join()
        finally:
            self._over = True
            self._input.recheck()
            self._stream.close()  # Wakes a sender that waits for the peer.
        if self._is_last and self._input.has_more():
            self._complain(NOT_ALL_SENT)
        if self._input.error is not None:
            self._complain(f"standard input: {self._input.error}: not all of it was sent")
        for passage in (self._input.to_peer, self._from_peer):
            if passage.complaint:
                self._complain(passage.complaint)

    def _complain(self, about: str) -> None:
        if about not in self.complaints:
            self.complaints.append(about)

    def _receive_output(self) -> None:
        try:
            for piece in self._from_peer.pieces(self._receive):
                if not self._output.put(piece):
                    return
        except NoMessageError as error:
            self._complain(f"invalid data from the peer: {error}")
            self._refuse_the_rest()
        except ConnectionResetError:
            self._complain(NOT_ALL_SENT)
        except ValueError:
            pass  # The connection was closed after the quiet time.

    def _receive(self) -> bytes:
        self._waiting_since = monotonic()
        chunk = self._stream.recv(CHUNK)
        self._waiting_since = None
        return chunk

    def _refuse_the_rest(self) -> None:
        """Let the peer see that its data can no longer be delivered. Runs in the background."""
        self._refuses = True
        if not refuse_the_rest(self._stream):
            self._stream.close()
        self._input.recheck()

    @property
    def output_failed(self) -> bool:
        """True if writing to standard output has failed."""
        return self._output.error is not None

    def _send_input(self) -> None:
        # If the output has failed, for example because the next command of a pipeline has ended,
        # the input is still sent, but we do not wait for it forever.
        while (chunk := self._input.take(lambda: self._over, lambda: self._refuses)) is not None:
            if not chunk:
                break
            try:
                self._stream.send_all(chunk)
            except (OSError, ValueError) as error:
                self._input.give_back(chunk, getattr(error, "characters_written", 0))
                break
            self._has_sent = True
        self._finish_sending()

    def _finish_sending(self) -> None:
        try:
            self._stream.shutdown(Shutdown.SEND)
        except UnsupportedError:
            self._finish_sending_to_pipe()
        except (OSError, ValueError):
            pass  # The peer has left, or we have.

    def _finish_sending_to_pipe(self) -> None:
        try:
            if not wait_until_received(self._stream):
                self._complain(NOT_ALL_SENT)
        except ValueError:
            return  # We have closed the stream.
        quiet_time = self._quiet_time
        if quiet_time is None:
            if not self._has_sent:
                return
            quiet_time = QUIET_TIME
        while not self._over:
            since = self._waiting_since
            left = quiet_time - (0 if since is None else monotonic() - since)
            if left <= 0:
                self._stream.close()
                return
            sleep(min(left, 0.1))


def wait_until_received(stream: Stream) -> bool:
    """Wait until the peer has received all data; return `False` if it leaves before that.

    Also returns `True` if the system does not report this: a peer that has already left may have
    received all data. FlushFileBuffers function.
    """
    if sys.platform == "win32":
        try:
            stream._handle.flush(None)
        except OSError as error:
            return error.winerror != ERROR_BROKEN_PIPE
    return True


def refuse_the_rest(stream: Stream) -> bool:
    """Make further sends of the peer fail; return `False` if the stream cannot do that."""
    try:
        stream.shutdown(Shutdown.RECV)
        _make_room(stream)
    except UnsupportedError:
        return False
    except (OSError, ValueError):
        pass  # The peer has left, or we have.
    return True


def _make_room(stream: Stream) -> None:
    """Wake a peer that waits for room, since shutdown(2) does not wake it on Linux.

    One byte stays unread. So the peer gets an error even if it has already sent all its data.
    """
    if sys.platform != "win32":
        import fcntl
        import termios

        def waiting_bytes() -> int:
            answer = fcntl.ioctl(stream.fileno(), termios.FIONREAD, bytes(4))
            return int.from_bytes(answer, sys.byteorder)

        while (count := waiting_bytes()) > 1:
            stream.recv(count - 1)


def wait_until_nothing_can_be_sent(stream: Stream) -> None:
    """Wait until the peer has left, or both directions were closed. poll(2), kqueue(2).

    On Windows, a peer that has closed its end of a pipe has left.
    """
    if sys.platform != "win32":
        try:
            number = stream.fileno()
        except ValueError:
            return
        _hangs_up(number, None)


def has_left(stream: Any) -> bool:
    """Return true if a peer whose data has ended has left, or both directions were closed.

    poll(2), kqueue(2). TCP cannot detect a peer that has closed its end without a reset.
    """
    try:
        number = stream.fileno() if has_half_close(stream) else 0
    except ValueError:
        return True
    if sys.platform == "win32":
        return not has_half_close(stream)
    return _hangs_up(number, 0)


def has_unread_data(stream: Any) -> bool:
    """Return true if the peer of a pipe has sent bytes that were not received.

    For a socket, whose end says if data was lost, this is always false. PeekNamedPipe function.
    """
    if sys.platform != "win32" or has_half_close(stream):
        return False
    from interprocess.os.windows._calls import pipes

    return bool(stream._handle.perform(pipes.peek_named_pipe)[0])


def has_half_close(stream: Any) -> bool:
    """Return true if a peer can end its data and still receive."""
    default = sys.platform != "win32"
    return bool(getattr(stream, "has_half_close", default))


def _hangs_up(number: int, seconds: int | None) -> bool:
    names: Any = select
    new_queue = getattr(names, "kqueue", None)
    if new_queue is None:
        poll = names.poll()
        poll.register(number, 0)  # POLLHUP is always reported.
        return bool(poll.poll(None if seconds is None else seconds * 1000))
    # On these systems, poll(2) may report POLLHUP as soon as one direction is closed.
    with new_queue() as queue:
        changes = [names.kevent(number, names.KQ_FILTER_WRITE, names.KQ_EV_ADD | names.KQ_EV_CLEAR)]
        while events := queue.control(changes, 1, seconds):
            if any(event.flags & names.KQ_EV_EOF for event in events):
                return True
            changes = []
    return False
