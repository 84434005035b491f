"""Handing open objects to another process."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from interprocess.os.windows.local_socket import _passing
else:
    from interprocess.os.unix.local_socket import _passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, TypeVar, overload

    from interprocess.local_socket._platform import Listener, RecvHalf, SendHalf, Stream
    from interprocess.unnamed_pipe import Recver, Sender

    Thing = TypeVar("Thing")


def send_object(
    stream: Stream | SendHalf,
    thing: Stream | Listener | Recver | Sender | IO[Any],
    *,
    pid: int | None = None,
) -> None:
    """Hand an open object to the process at the other end, which calls `recv_object`.

    That process gets an object of its own, and the sender's stays open: as after a fork, what both
    receive from is received by one of them, and an end is closed when both have closed theirs. So
    the sender closes its own, as a rule, and does not use it meanwhile.

    Nothing goes along but the open object: no timeouts, no nonblocking mode, not the care for a
    listener's socket file (`reclaim_name_on_drop` takes that over). A file, regular or a character
    device, shares its position; it arrives in binary mode, and what the sender has buffered is
    written, or given back, before. Bytes that a file over a stream has read ahead stay behind.

    Raises `TypeError` for anything else (halves, for example), `ValueError` for what is closed or
    what another thread or task is inside a call on, and otherwise as `send_all`. Then the object
    stays the sender's, as it was.

    Unix: sendmsg(2), SCM_RIGHTS. Windows: DuplicateHandle function, into the process with the id
    `pid`, by default the one that the pipe names as its peer (the one that connected or listened,
    even if another process has the end now). Raises `PermissionError` where that process does not
    let us.
    """
    _passing.send_object(stream, thing, pid)


if TYPE_CHECKING:

    @overload
    def recv_object(stream: Stream | RecvHalf, kind: type[Thing]) -> Thing: ...
    @overload
    def recv_object(stream: Stream | RecvHalf, kind: tuple[type[Any], ...] = ...) -> Any: ...


def recv_object(stream: Any, kind: Any = object) -> Any:
    """Receive an object that the process at the other end hands over with `send_object`.

    KIND is the class that is wanted, or several in a tuple: `Stream`, `Listener`, `Recver`,
    `Sender`, or for files `io.BufferedReader`, `io.BufferedWriter`, `io.BufferedRandom` or
    `io.BufferedIOBase`. By default anything is. No child process inherits the object.

    Whatever a peer sends, only an open object of such a kind is returned. Anything else raises
    `UnexpectedObjectError`, an `OSError`, and what had come is closed. The stream is out of step
    then: close it. Raises `IncompleteReadError` (an `EOFError`) at the end of the stream, `OSError`
    (`EMFILE`) where no more descriptors can be open, and otherwise as `recv`. If a timeout cuts it
    short, the next call of `recv_object` goes on where it was.

    On Windows, the number of a handle is the peer's word: receive objects only from peers that you
    trust.
    """
    return _passing.recv_object(stream, kind)
