"""Run a command with a connection as its standard input and output."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import threading
from time import sleep

from interprocess._command_line.passage import NoMessageError
from interprocess._command_line.relay import refuse_the_rest
from interprocess._command_line.standard_streams import CHUNK, write_all
from interprocess._interface.accepting import PAUSE, is_shortage
from interprocess.local_socket import Shutdown, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from interprocess._command_line.passage import Passage
    from interprocess._command_line.words import Words
    from interprocess.local_socket import Stream

#: The exit statuses that shells use for a command that cannot be run.
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127

#: How many seconds a command has to end after SIGTERM.
_TIME_TO_END = 5.0

NOT_ALL_RECEIVED = "the client has left, or receives no more: not all output was delivered"


class CommandError(Exception):
    """The command cannot be run; `status` is the exit status to return."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def check(words: Words) -> None:
    """Raise `CommandError` if the command is missing, as far as we know before running it."""
    candidates = [words[0]] if isinstance(words, list) else _programs_of_line(words)
    if any(map(shutil.which, candidates)):
        return
    program = candidates[0]
    if os.path.dirname(program) and os.path.exists(program):
        raise CommandError(f"{program}: not an executable file", EXIT_NOT_EXECUTABLE)
    raise CommandError(f"{program}: command not found", EXIT_NOT_FOUND)


def _programs_of_line(line: str) -> list[str]:
    """Return the programs that CreateProcess may try: without quotes, it splits at each space."""
    line = line.strip()
    if line.startswith('"'):
        return [line[1:].partition('"')[0]]
    words = line.split(" ")
    return [" ".join(words[:count]) for count in range(1, len(words) + 1)]


def run(
    stream: Stream,
    words: Words,
    complain: Callable[[str], object],
    to_client: Passage,
    from_client: Passage,
) -> int:
    """Run a command until it ends; return its exit status like a shell.

    The client's data is the standard input of the command, and its output is sent to the client. If
    data could not be delivered, COMPLAIN is called with a message and the status is not 0. When the
    stream is closed, the command is terminated. Raises `CommandError`.
    """
    complaints: list[str] = []
    with _start(stream, words, complain) as process:
        assert process.stdout is not None
        feeding = threading.Thread(
            target=_feed,
            args=(stream, process, from_client, complaints),
            name="feeding",
            daemon=True,
        )
        feeding.start()
        try:
            _send_output(process.stdout, stream, to_client, complaints)
            status = process.wait()
        except BaseException:
            _end(process)
            raise
        finally:
            stream.close()  # Wakes the feeding thread if the command has ended.
            feeding.join()
    complaints += filter(None, (to_client.complaint, from_client.complaint))
    for complaint in dict.fromkeys(complaints):
        complain(complaint)
    return (128 - status if status < 0 else status) or int(bool(complaints))


def _start(
    stream: Stream, words: Words, complain: Callable[[str], object]
) -> subprocess.Popen[bytes]:
    waiting = False
    while True:
        try:
            return subprocess.Popen(words, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            if not is_shortage(error) and error.errno != errno.EAGAIN:
                found = not isinstance(error, FileNotFoundError)
                status = EXIT_NOT_EXECUTABLE if found else EXIT_NOT_FOUND
                raise CommandError(str(error), status) from None
            if not waiting:
                complain(f"a client must wait for its command: {error}")
            waiting = True
        sleep(PAUSE)
        stream.readable()  # Raises once we have closed it.


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_TIME_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()


def _send_output(
    output: IO[bytes], stream: Stream, to_client: Passage, complaints: list[str]
) -> None:
    """Send the output of a command until it ends or the client no longer receives."""
    try:
        for data in to_client.pieces(lambda: os.read(output.fileno(), CHUNK)):
            stream.send_all(data)
    except NoMessageError as error:
        complaints.append(f"the command's output: {error}")
        output.close()
    except OSError:
        complaints.append(NOT_ALL_RECEIVED)
        output.close()  # From now on, writing fails for the command.
    except ValueError:
        output.close()  # We have closed the stream.
    try:
        stream.shutdown(Shutdown.SEND)
    except (UnsupportedError, OSError, ValueError):
        pass  # A pipe is closed when the command ends.


def _feed(
    stream: Stream, process: subprocess.Popen[bytes], from_client: Passage, complaints: list[str]
) -> None:
    """Write the client's data to a command until either ends."""
    assert process.stdin is not None
    with process.stdin as command_input:
        try:
            for data in from_client.pieces(lambda: stream.recv(CHUNK)):
                try:
                    write_all(command_input.fileno(), data)
                except OSError:
                    refuse_the_rest(stream)  # The command reads no more input.
                    return
        except NoMessageError as error:
            complaints.append(f"invalid data from the client: {error}")
            refuse_the_rest(stream)
        except ConnectionResetError:
            complaints.append(NOT_ALL_RECEIVED)
        except (OSError, ValueError):
            _end(process)  # We have closed the stream, so the command must end.
