"""Runs a command with a connection as its standard input and output."""

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

#: The exit statuses that shells have for it.
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127

#: How many seconds a command that is told to end gets for it.
_TIME_TO_END = 5.0

NOT_ALL_RECEIVED = "the client has left, or receives no more: not all output was delivered"


class CommandError(Exception):
    """The command cannot be run; `status` is the exit status that says so."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def check(words: Words) -> None:
    """Raise `CommandError` for a command that is not there, as far as can be told before."""
    candidates = [words[0]] if isinstance(words, list) else _programs_of_line(words)
    if any(map(shutil.which, candidates)):
        return
    program = candidates[0]
    if os.path.dirname(program) and os.path.exists(program):
        raise CommandError(f"{program}: not an executable file", EXIT_NOT_EXECUTABLE)
    raise CommandError(f"{program}: command not found", EXIT_NOT_FOUND)


def _programs_of_line(line: str) -> list[str]:
    """Return what CreateProcess may take for the program: without quotes, it tries each space."""
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
    """Run a command until it ends; return its exit status, as a shell has it.

    What the client sends is its standard input, and what it writes goes to the client. COMPLAIN is
    told what could not be delivered to the client; the status is then not 0. When the stream is
    closed, the command is told to end. Raises `CommandError`.
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
            stream.close()  # Wakes what feeds a command that has ended.
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
                complain(f"a client has to wait for its command: {error}")
            waiting = True
        sleep(PAUSE)
        stream.readable()  # An error once we have closed it.


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_TIME_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()


def _send_output(
    output: IO[bytes], stream: Stream, to_client: Passage, complaints: list[str]
) -> None:
    """Send what a command writes until it writes no more, or until nobody receives it."""
    try:
        for data in to_client.pieces(lambda: os.read(output.fileno(), CHUNK)):
            stream.send_all(data)
    except NoMessageError as error:
        complaints.append(f"the command's output: {error}")
        output.close()
    except OSError:
        complaints.append(NOT_ALL_RECEIVED)
        output.close()  # Whatever the command writes from now on is an error for it.
    except ValueError:
        output.close()  # We have closed the stream.
    try:
        stream.shutdown(Shutdown.SEND)
    except (UnsupportedError, OSError, ValueError):
        pass  # A pipe is closed when the command ends.


def _feed(
    stream: Stream, process: subprocess.Popen[bytes], from_client: Passage, complaints: list[str]
) -> None:
    """Write what the client sends to a command, until either ends."""
    assert process.stdin is not None
    with process.stdin as command_input:
        try:
            for data in from_client.pieces(lambda: stream.recv(CHUNK)):
                try:
                    write_all(command_input.fileno(), data)
                except OSError:
                    refuse_the_rest(stream)  # The command wants no more input.
                    return
        except NoMessageError as error:
            complaints.append(f"what the client sends: {error}")
            refuse_the_rest(stream)
        except ConnectionResetError:
            complaints.append(NOT_ALL_RECEIVED)
        except (OSError, ValueError):
            _end(process)  # We have closed the stream: nobody wants the command any more.
