"""Joins a local socket to standard input and output, or to those of a command."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from interprocess.local_socket import Shutdown, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Union

    from interprocess.local_socket import Stream

    #: Its words, or on Windows its whole line.
    Command = Union[list[str], str]

CHUNK = 65536


class StandardInput:
    """Standard input, read in the background for one client after another.

    Nothing can stop a thread that waits for the terminal. So there is one for the whole run, which
    holds what it read until a client is there to take it.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._chunk: bytes | None = None
        threading.Thread(target=self._read, name="standard input", daemon=True).start()

    def _read(self) -> None:
        while True:
            chunk = os.read(sys.stdin.fileno(), CHUNK)
            with self._condition:
                self._condition.wait_for(lambda: self._chunk is None)
                self._chunk = chunk
                self._condition.notify_all()
            if not chunk:
                return

    def next_chunk(self, no_longer_wanted: Callable[[], bool]) -> bytes | None:
        """Return what was read, `b""` at the end, or `None` once the caller no longer wants it."""
        with self._condition:
            self._condition.wait_for(lambda: self._chunk is not None or no_longer_wanted())
            if no_longer_wanted():
                return None
            chunk = self._chunk
            if chunk:  # The end of the input stays for the next client.
                self._chunk = None
                self._condition.notify_all()
            return chunk

    def recheck(self) -> None:
        """Have `next_chunk` ask again whether its result is wanted."""
        with self._condition:
            self._condition.notify_all()


def join_standard_streams(stream: Stream, standard_input: StandardInput) -> None:
    """Send standard input to STREAM and write what it sends to standard output, until it ends."""
    peer_left = threading.Event()

    def send_input() -> None:
        while True:
            chunk = standard_input.next_chunk(peer_left.is_set)
            if chunk is None:
                return
            if not chunk:
                finish_sending(stream)
                return
            try:
                stream.send_all(chunk)
            except (OSError, ValueError):
                return  # The peer has left, or we have.

    sending = threading.Thread(target=send_input, name="sending", daemon=True)
    sending.start()
    try:
        copy_to_file(stream, sys.stdout.buffer)
    finally:
        peer_left.set()
        standard_input.recheck()
        stream.close()  # Wakes a sender that a peer keeps waiting.
        sending.join()


def run_command(stream: Stream, command: Command) -> int:
    """Run COMMAND with STREAM as its standard input and output; return its exit status."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feeding = threading.Thread(
            target=_feed, args=(stream, process.stdin), name="feeding", daemon=True
        )
        feeding.start()
        try:
            while chunk := os.read(process.stdout.fileno(), CHUNK):
                stream.send_all(chunk)
        except OSError:
            process.terminate()  # Nobody wants its output any more.
        return process.wait()


def _feed(stream: Stream, standard_input: IO[bytes]) -> None:
    try:
        copy_to_file(stream, standard_input)
        standard_input.close()
    except (OSError, ValueError):
        pass  # The command has ended, or the stream was closed after it.


def copy_to_file(stream: Stream, file: IO[bytes]) -> None:
    """Write what STREAM sends to FILE until its end; a peer that breaks off ends it too."""
    while True:
        try:
            chunk = stream.recv(CHUNK)
        except ConnectionResetError:
            return
        if not chunk:
            return
        file.write(chunk)
        file.flush()


def finish_sending(stream: Stream) -> None:
    """Tell the peer that no more will come, where the platform can; a Windows pipe cannot."""
    try:
        stream.shutdown(Shutdown.SEND)
    except UnsupportedError:
        stream.flush()
    except (OSError, ValueError):
        pass  # The peer has left, or we have.
