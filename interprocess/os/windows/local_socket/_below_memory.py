"""What a connection through shared memory requires of the named pipes below it.

The client sends an offer of memory. Pipes carry no handles, so two values follow the offer: the
number of the memory's handle in the client, and the random part of the names of two other pipes,
the room and the carrier: see `interprocess.shared_memory.local_socket._wires`.

Neither side has to trust the other's numbers. The server duplicates the handle *from* the client,
so a hostile client can only name a handle of its own. The server opens its ends of the pipes
itself, with names that no other pipes have, and checks that the client created the pipes.
"""

from __future__ import annotations

import errno
import os
from struct import Struct

from interprocess._interface.timeouts import checked_busy_poll, deadline_after
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes, processes
from interprocess.os.windows._pipe.making import RECEIVES, SENDS, create_end, open_end
from interprocess.os.windows._pipe.path import LOCAL_PREFIX
from interprocess.os.windows._pipe.peer import peer_process_id
from interprocess.os.windows._pipe.state import peer_has_left
from interprocess.os.windows._shared_memory import Memory
from interprocess.os.windows.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess._interface.byte_stream import Noted, WritableBuffer

#: True if the end of the objects can be signalled without closing their connection.
HAS_HALF_CLOSE = False

#: The number of a handle, and the random part of a name.
_ADDITION = Struct("=q16s")
_NOTHING = bytes(_ADDITION.size)


class NumberOwner:
    """An object over a named pipe, whose handle it shows."""

    _main: Any
    _check_open: Callable[[], None]
    #: Its kind for `send_object`: it cannot be sent.
    _passed_as = ""

    @property
    def handle(self) -> int:
        """The `HANDLE` of the named pipe, as a number. This object still owns it."""
        return self._number()

    def _number(self) -> int:
        self._check_open()
        number: int = self._main.handle
        return number

    @property
    def _handle(self) -> Any:
        """The handle whose closing ends the connection, for `serve`."""
        return self._main._handle

    def _shown_number(self) -> str:
        return f"handle={self._number():#x}"


class ListenerNumberOwner:
    """An object over a listener of named pipes, whose handle it shows."""

    _plain: Any

    @property
    def handle(self) -> int:
        """The `HANDLE` of the instance that has waited longest, which the listener still owns."""
        number: int = self._plain.handle
        return number


class Offered:
    """What the process at the other end of MAIN has offered. A context manager."""

    def __init__(self, main: Any, addition: bytes) -> None:
        self._main = main
        self._addition = addition

    @property
    def is_complete(self) -> bool:
        """True if memory and pipes came."""
        return len(self._addition) == _ADDITION.size

    def take_memory(self) -> Memory:
        """Return the offered memory. Raises `ValueError` or `OSError` if it is unacceptable.

        OpenProcess function, DuplicateHandle function.
        """
        number, _ = _ADDITION.unpack(self._addition)
        duplicate: list[int] = []
        try:
            process = processes.open_process(self._client(), processes.PROCESS_DUP_HANDLE)
            try:
                processes.duplicate_from(process, number, duplicate)
            finally:
                _calls.close_handle(process)
            memory = Memory.adopt(duplicate[0])
            del duplicate[0]
            return memory
        except PermissionError:
            raise
        except (OSError, ValueError) as error:
            self._check_client()
            raise ValueError(f"the client's handle {number:#x}: {error}") from None
        finally:
            _calls.close_handles(duplicate)

    def take_beside(self) -> list[Stream]:
        """Return our ends of room and carrier. Raises `ValueError` or `OSError` if unacceptable."""
        _, token = _ADDITION.unpack(self._addition)
        beside: list[Stream] = []
        try:
            for path in _paths(token):
                beside.append(self._opened(path))
        except BaseException:
            for wire in beside:
                wire.close()
            raise
        return beside

    def _opened(self, path: str) -> Stream:
        """Return our end of a pipe that the client has created. CreateFileW function."""
        try:
            end = open_end(path, RECEIVES | SENDS)
        except PermissionError:
            raise
        except OSError as error:
            self._check_client()
            raise ValueError(f"its pipe {path}: {error}") from None
        try:
            if end.perform(pipes.server_process_id) != self._client():
                raise ValueError(f"another process has created the pipe {path}")
        except BaseException:
            end.close()
            raise
        return Stream._owning(end)

    def _check_client(self) -> None:
        """Raise `ConnectionResetError` if the client has left, so that its offer is void."""
        handle = self._main._handle
        if handle.perform(peer_has_left, handle.origin):
            raise ConnectionResetError(errno.ECONNRESET, "the client has left")

    def _client(self) -> int:
        """Return the id of the client's process."""
        handle = self._main._handle
        number: int = handle.perform(peer_process_id, handle.origin)
        return number

    def __enter__(self) -> Offered:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


def new_beside() -> tuple[list[Stream], bytes]:
    """Return our ends of a new room and a new carrier, and the random part of their names.

    CreateNamedPipeW function.
    """
    token = os.urandom(16)
    room, carrier = _paths(token)
    first = create_end(room, RECEIVES | SENDS)
    try:
        second = create_end(carrier, RECEIVES | SENDS)
    except BaseException:
        first.close()
        raise
    return [Stream._owning(first), Stream._owning(second)], token


def has_other_end(wire: Stream) -> bool:
    """Return true if the server has opened its end of WIRE, even if it has left since."""
    information = wire._handle.perform(pipes.pipe_information)
    return bool(information.NamedPipeState != pipes.FILE_PIPE_LISTENING_STATE)


def _paths(token: bytes) -> tuple[str, str]:
    """Return the paths of the room and the carrier."""
    prefix = f"{LOCAL_PREFIX}interprocess-"
    return f"{prefix}room-{token.hex()}", f"{prefix}carrier-{token.hex()}"


def send_offer(main: Stream, offer: bytes, memory: Memory, token: bytes) -> None:
    """Send an offer with MEMORY and pipes. MEMORY has to stay open until the answer comes."""
    main.send_all(offer + _ADDITION.pack(memory.handle, token))


async def send_offer_async(main: Any, offer: bytes, memory: Memory, token: bytes) -> None:
    """Do the same over an asynchronous stream."""
    await main.send_all(offer + _ADDITION.pack(memory.handle, token))


def send_empty_offer(main: Stream, offer: bytes) -> None:
    """Send an offer without memory."""
    main.send_all(offer + _NOTHING)


async def send_empty_offer_async(main: Any, offer: bytes) -> None:
    """Do the same over an asynchronous stream."""
    await main.send_all(offer + _NOTHING)


def recv_offer(main: Stream, size: int, timeout: float | None) -> tuple[bytes, Offered]:
    """Receive an offer of SIZE bytes and what comes with it."""
    whole = bytearray(size + _ADDITION.size)
    count = main._receive(whole, deadline_after(timeout))
    return _parts(main, bytes(whole[:count]), size)


async def recv_offer_async(main: Any, size: int) -> tuple[bytes, Offered]:
    """Do the same over an asynchronous stream."""
    return _parts(main, await main.recv(size + _ADDITION.size), size)


def recv_offer_now(main: Any, size: int) -> tuple[bytes, Offered]:
    """Do the same without waiting; raises `BlockingIOError`."""
    whole = bytearray(size + _ADDITION.size)
    count = main._recv_into_now([whole])
    return _parts(main, bytes(whole[:count]), size)


def _parts(main: Any, whole: bytes, size: int) -> tuple[bytes, Offered]:
    return whole[:size], Offered(main, whole[size:])


def effective_busy_poll(main: Stream, seconds: float, *, through_memory: bool) -> float:  # noqa: ARG001  # Unix needs them
    """Return for how many SECONDS a receive polls the ring: 0 if the peer has no other core.

    Named pipes are not polled: see `docs/performance.md`. GetProcessAffinityMask function.
    """
    checked = checked_busy_poll(seconds)
    return checked if processes.may_use_several_processors() else 0.0


def receive(main: Any, buffer: WritableBuffer, deadline: float | None, noted: Noted) -> int:
    """Receive over a named pipe that is used without memory."""
    count: int = main._receive(buffer, deadline, noted)
    return count


def end_receiving(stream: Any) -> None:
    """End all receives from a named pipe."""
    stream._handle.end_receiving()


def check_loop(main: Any) -> None:
    """Raise `UnsupportedError` if another event loop has used a pipe: Windows binds it to that."""
    main._handle.bind_to_loop()
