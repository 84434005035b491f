"""Handing open objects to another process."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from interprocess.os.windows.local_socket import _passing
else:
    from interprocess.os.unix.local_socket import _passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, TypeVar, Union, overload

    from interprocess.local_socket._platform import Listener, RecvHalf, SendHalf, Stream
    from interprocess.shared_memory import local_socket as over_memory
    from interprocess.shared_memory._platform import Memory
    from interprocess.unnamed_pipe import Recver, Sender

    Thing = TypeVar("Thing")
    SendingCarrier = Union[Stream, SendHalf, over_memory.Stream, over_memory.SendHalf]
    ReceivingCarrier = Union[Stream, RecvHalf, over_memory.Stream, over_memory.RecvHalf]


def send_object(
    stream: SendingCarrier,
    thing: Stream | Listener | Recver | Sender | Memory | IO[Any],
    *,
    pid: int | None = None,
) -> None:
    """Hand an open object to the process at the other end, which calls `recv_object`.

    STREAM is a stream or half of a local socket. It may go through memory
    (`interprocess.shared_memory.local_socket`); its objects then travel beside its bytes.

    That process gets an object of its own, and the sender's stays open, as after a fork: data is
    received by only one of the two, and an end is closed only when both have closed theirs. So the
    sender usually closes its own object without using it again.

    Only the open object is handed over: no timeouts, no nonblocking mode, and no responsibility for
    a listener's socket file (`reclaim_name_on_drop` takes it over). A listener keeps its
    `current_user_only`. A file must be a regular file or a character device, opened with `open` or
    by `tempfile`. It shares its position and arrives in binary mode; data that the sender had
    buffered for writing is written first, and the position is set back over data read ahead. Bytes
    that a file over STREAM has read ahead are not handed over.

    Raises `TypeError` for anything else (halves and files that decompress, for example),
    `ValueError` if the object is closed or another thread or task is inside a call on it, and
    otherwise as `send_all`. `ValueError` also for a terminal from which the file has read ahead,
    for a text file that is being iterated (its position is unknown) and for a
    `SpooledTemporaryFile` that is still in memory. After an error, the sender still owns the
    unchanged object.

    Unix: sendmsg(2), SCM_RIGHTS. Windows: DuplicateHandle function, into the process with the id
    `pid`, by default the one that the pipe names as its peer (the one that connected or listened,
    even if another process has the end now). Raises `PermissionError` if we have no access to that
    process.
    """
    _passing.send_object(stream, thing, pid)


if TYPE_CHECKING:

    @overload
    def recv_object(stream: ReceivingCarrier, kind: type[Thing]) -> Thing: ...
    @overload
    def recv_object(stream: ReceivingCarrier, kind: tuple[type[Any], ...] = ...) -> Any: ...


def recv_object(stream: Any, kind: Any = object) -> Any:
    """Receive an object that the process at the other end hands over with `send_object`.

    KIND is the expected class, or a tuple of several: `Stream`, `Listener`, `Recver`, `Sender`,
    `interprocess.shared_memory.Memory`, or for files `io.BufferedReader`, `io.BufferedWriter`,
    `io.BufferedRandom` or `io.BufferedIOBase`; a terminal that is read and written is an
    `io.FileIO`, since it has no position. By default any class is accepted. Raises `TypeError` for
    a KIND that is never received. Child processes do not inherit the object.

    Returns only open objects of these classes. For anything else that the peer sends, it closes the
    received object and raises `UnexpectedObjectError`, an `OSError`. Close the stream then, since
    the position in it is unknown. Raises `IncompleteReadError` (an `EOFError`) at the end of the
    stream, `OSError` (`EMFILE`) if no more descriptors can be opened, and otherwise as `recv`.
    After a timeout, the next call of `recv_object` continues, also on what the connection went to
    with `split`, `reunite`, `from_sync` or `to_sync`. Until then, receive nothing else: `recv`
    would take a part of the message.

    On Windows, the peer states the number of the handle, which cannot be verified: receive objects
    only from peers that you trust.
    """
    return _passing.recv_object(stream, kind)
