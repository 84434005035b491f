"""Group calls by connection, and match each send with the receives of its bytes.

A trace contains descriptor numbers. This module follows each number of a process from the call that
creates it to the call that closes it. It joins the two ends of a connection by order: the n-th
successful connect(2) to a name belongs to the n-th client that accept(2) returns for that name,
since the system queues clients in this order. Inherited or received descriptors belong to no
connection, but their calls are still shown.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from interprocess.trace._calls import Call

_SENDING = ("send", "sendmsg", "write", "writev", "WriteFile")
_RECEIVING = ("recv", "recvmsg", "read", "readv")
_CLOSING = ("close", "CloseHandle")
_OPERATIONS = ("ConnectNamedPipe", "ReadFile", "WriteFile")
#: The names of the parameter that holds the descriptor or handle of a function.
_HANDLES = (
    "fd",
    "hFile",
    "hNamedPipe",
    "hObject",
    "hHandle",
    "Pipe",
    "hSourceHandle",
    "FileHandle",
)


class Connection:
    """A connection or a pipe: its name, and the bytes that have passed through it."""

    def __init__(self, number: int, name: str) -> None:
        self.number = number
        self.name = name
        #: For each sending end: the calls, each with the total number of bytes after it.
        self.sent: dict[int, list[tuple[int, Call]]] = {0: [], 1: []}
        self.received = {0: 0, 1: 0}
        #: True if the trace contains all transfers.
        self.is_followed = True
        #: For each sending end: the number of those calls whose bytes were all received.
        self.done = {0: 0, 1: 0}


class _End:
    def __init__(self, connection: Connection, side: int) -> None:
        self.connection = connection
        self.side = side


class Connections:
    """The connections of a trace."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.connections: list[Connection] = []
        #: The connection of each call, by the index of the call in CALLS.
        self.of: dict[int, Connection] = {}
        #: Pairs of indices: a call that sent bytes and a call that received them, or a call that
        #: connected and the call that accepted.
        self.flows: list[tuple[int, int]] = []
        self._places = {id(call): i for i, call in enumerate(calls)}
        #: The ends by process and number.
        self._ends: dict[tuple[int, int], _End] = {}
        self._names: dict[tuple[int, int], str] = {}
        #: Connections of which only one side was seen so far, by name and side.
        self._waiting: dict[tuple[str, int], list[tuple[Connection, Call]]] = {}
        #: Pending operations on Windows, by process and event: the function and its handle.
        self._going_on: dict[tuple[int, int], tuple[str, int]] = {}
        for call in sorted(calls, key=_moment):
            self._follow(call)

    def _follow(self, call: Call) -> None:
        number = _number_of(call)
        end = None if number is None else self._ends.get((call.process, number))
        if call.error is None and call.duration is not None:
            end = self._made(call, number) or end
        if call.library == "kernel32" and call.duration is not None:
            end = self._followed_on_windows(call, number) or end
        if end is not None:
            self.of[self._places[id(call)]] = end.connection
            self._transferred(call, end)
        if call.function in _CLOSING and number is not None:
            self._ends.pop((call.process, number), None)
            self._names.pop((call.process, number), None)

    def _made(self, call: Call, number: int | None) -> _End | None:
        """Note the ends that a call has created; return the end that the call belongs to."""
        arguments, process = call.arguments, call.process
        if call.function in ("socketpair", "pipe", "pipe2"):
            made = arguments.get("sockets") or arguments.get("fds") or call.result
            connection = self._new("pair" if call.function == "socketpair" else "pipe")
            ends = [_End(connection, side) for side in (0, 1)]
            self._ends.update({(process, each): end for each, end in zip(made, ends)})
            return ends[0]
        if call.function == "bind" and number is not None:
            self._names[process, number] = _name_of(arguments["address"])
        elif call.function in ("rename", "renameat2", "renamex_np", "replace"):
            old, new = (_text(each) for each in _paths(arguments))
            for key, name in self._names.items():
                if name == old:
                    self._names[key] = new
        elif call.function == "connect" and number is not None:
            return self._joined(_name_of(arguments["address"]), 0, (process, number), call)
        elif call.function in ("accept", "accept4") and (process, number) in self._names:
            name = self._names[process, number or 0]
            return self._joined(name, 1, (process, call.result), call)
        elif call.function == "CreateFileW" and type(call.result) is int:
            return self._joined(str(arguments["lpFileName"]), 0, (process, call.result), call)
        elif call.function == "CreateNamedPipeW" and type(call.result) is int:
            self._names[process, call.result] = name = str(arguments["lpName"])
            if arguments["nMaxInstances"] == 1:  # No call waits for the client of an unnamed pipe.
                return self._joined(name, 1, (process, call.result), call)
        elif "F_DUPFD" in str(arguments.get("command")) and type(call.result) is int:
            end = self._ends.get((process, number or 0))
            if end is not None:
                self._ends[process, call.result] = end
        return None

    def _followed_on_windows(self, call: Call, number: int | None) -> _End | None:
        """Follow an operation until the wait for its event completes it; return its pipe end."""
        process, overlapped = call.process, call.arguments.get("lpOverlapped")
        if call.function in _OPERATIONS and isinstance(overlapped, dict) and number is not None:
            if call.error == "ERROR_IO_PENDING":
                event = overlapped["hEvent"] & ~1  # The lowest bit is not part of the handle.
                self._going_on[process, event] = call.function, number
                end = self._ends.get((process, number))
                if not event and end is not None:
                    # Only the loop's completion port reports the result, which is not traced.
                    end.connection.is_followed = False
            elif call.error in (None, "ERROR_PIPE_CONNECTED"):
                return self._ended_on_windows(call, call.function, number, overlapped)
        if call.function == "WaitForMultipleObjects" and type(call.result) is int:
            event = dict(enumerate(call.arguments["lpHandles"])).get(call.result, 0)
            function, handle = self._going_on.get((process, event), ("", 0))
            if function == "ConnectNamedPipe":
                del self._going_on[process, event]
                return self._ended_on_windows(call, function, handle, {})
        operation = call.arguments.get("operation")
        if operation is not None and number is not None:
            function, handle = self._going_on.pop((process, number), ("", 0))
            if operation["Internal"] == "STATUS_SUCCESS" and function:
                return self._ended_on_windows(call, function, handle, operation)
        return None

    def _ended_on_windows(
        self, call: Call, function: str, handle: int, operation: dict[str, Any]
    ) -> _End | None:
        key = call.process, handle
        if function == "ConnectNamedPipe":
            return self._joined(self._names.get(key, ""), 1, key, call)
        end = self._ends.get(key)
        if end is not None:
            self._passed(call, end, operation["InternalHigh"], sends=function == "WriteFile")
        return end

    def _new(self, name: str) -> Connection:
        connection = Connection(len(self.connections), name)
        self.connections.append(connection)
        return connection

    def _joined(self, name: str, side: int, key: tuple[int, int], call: Call) -> _End:
        """Return an end of the connection that waits for its other end, or of a new connection."""
        others = self._waiting.get((name, 1 - side))
        if others:
            connection, other = others.pop(0)
            pair = (self._places[id(other)], self._places[id(call)])
            self.flows.append(pair if side else pair[::-1])
        else:
            connection = self._new(name)
            self._waiting.setdefault((name, side), []).append((connection, call))
        return self._ends.setdefault(key, _End(connection, side))

    def _transferred(self, call: Call, end: _End) -> None:
        if type(call.result) is int and call.function in (*_SENDING, *_RECEIVING):
            self._passed(call, end, call.result, sends=call.function in _SENDING)

    def _passed(self, call: Call, end: _End, count: int, *, sends: bool) -> None:
        """Note that COUNT bytes have left END or arrived there."""
        connection = end.connection
        if not connection.is_followed:
            return
        is_pipe = connection.name == "pipe"
        if count > 0 and sends:
            sent = connection.sent[1 if is_pipe else end.side]
            sent.append(((sent[-1][0] if sent else 0) + count, call))
        elif count > 0:
            sender = 1 if is_pipe else 1 - end.side
            connection.received[sender] = after = connection.received[sender] + count
            sent = connection.sent[sender]
            while connection.done[sender] < len(sent):
                until, other = sent[connection.done[sender]]
                self.flows.append((self._places[id(other)], self._places[id(call)]))
                if until > after:
                    break
                connection.done[sender] += 1
                if until == after:
                    break


def _moment(call: Call) -> tuple[float, int]:
    """Return a sort key for the effect of a call: a send precedes the receive that it ends.

    A number that is being closed can be another thread's before the call returns.
    """
    if call.function in _SENDING or call.duration is None:
        return call.start, 0
    if call.function in _CLOSING:
        return call.start, 1
    return call.start + call.duration, 1


def _number_of(call: Call) -> int | None:
    for name in _HANDLES:
        number = call.arguments.get(name)
        if type(number) is int:
            return number
    return None


def _name_of(address: Any) -> str:
    path = address.get("sun_path", "") if isinstance(address, dict) else ""
    return _text(path)


def _text(path: Any) -> str:
    return path.decode(errors="replace") if isinstance(path, bytes) else str(path)


def _paths(arguments: dict[str, Any]) -> Iterator[Any]:
    for name, value in arguments.items():
        if name in ("src", "dst", "old_path", "new_path", "old", "new"):
            yield value


def lanes_of(calls: Iterable[Call]) -> dict[tuple[int, int], str]:
    """Return the names of all threads, by process and thread, in order of appearance."""
    lanes: dict[tuple[int, int], str] = {}
    for call in calls:
        lanes.setdefault((call.process, call.thread), call.thread_name)
    return lanes
