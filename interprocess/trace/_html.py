"""A trace as one HTML page: a timeline with a column for each thread.

Each call is a box from the row of its beginning to the row of its end, so a waiting call is tall.
The page contains its style and its script.
"""

from __future__ import annotations

from bisect import bisect_left
from html import escape

from interprocess.trace._connections import Connections, lanes_of
from interprocess.trace._page import PAGE
from interprocess.trace._place import shown
from interprocess.trace._values import Data, Symbol, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from interprocess.trace._calls import Call

#: The kinds of calls, for their colours. All other calls read or set a property.
_KINDS = {
    "makes": (
        *("socket", "socketpair", "pipe", "pipe2", "bind", "listen", "accept", "accept4"),
        *("connect", "open", "mkfifo", "mkdir", "CreateNamedPipeW", "CreateFileW"),
        *("ConnectNamedPipe", "CreateEventW", "NtCreateNamedPipeFile", "DuplicateHandle"),
    ),
    "moves": (
        *("send", "sendmsg", "write", "writev", "recv", "recvmsg", "read", "readv"),
        *("ReadFile", "WriteFile"),
    ),
    "waits": ("poll", "sleep", "WaitForSingleObject", "WaitForMultipleObjects", "WaitNamedPipeW"),
    "ends": ("close", "shutdown", "unlink", "CloseHandle", "DisconnectNamedPipe", "CancelIoEx"),
}
_KIND_OF = {function: kind for kind, functions in _KINDS.items() for function in functions}

#: Errors that only mean 'not yet'.
_NOT_YET = ("EAGAIN", "EWOULDBLOCK", "EINPROGRESS", "EINTR", "ERROR_IO_PENDING")

#: The number of data bytes in a collapsed box.
_SHORT = 24

#: The number of colours for connections.
_COLOURS = 6


def page(
    calls: Iterable[Call], title: str, programs: Mapping[int, Sequence[str]] | None = None
) -> str:
    """Return the page; PROGRAMS are the program arguments of each process, if known."""
    calls = sorted(calls, key=lambda call: (call.start, call.process, call.number))
    lanes = lanes_of(calls)
    connections = Connections(calls)
    text = PAGE
    parts = {
        "title": escape(title),
        "about": _about(calls, lanes),
        "legend": _legend(connections),
        "lanes": str(len(lanes)),
        "heads": "".join(
            f'<div class="head" style="--c:{column}">{_lane(key, name, programs or {})}</div>'
            for column, (key, name) in enumerate(lanes.items(), 2)
        ),
        "calls": "\n".join(_boxes(calls, lanes, connections)),
        "flows": str([list(flow) for flow in connections.flows]),
    }
    for name, part in parts.items():
        text = text.replace(f"<!--{name}-->", part)
    return text


def _about(calls: Sequence[Call], lanes: Mapping[Any, str]) -> str:
    if not calls:
        return "no calls"
    end = max(call.start + (call.duration or 0) for call in calls)
    processes = len({process for process, _ in lanes})
    counts = (
        _plural(len(calls), "call"),
        _plural(len(lanes), "thread"),
        _plural(processes, "process", "processes"),
    )
    return f"{counts[0]} by {counts[1]} of {counts[2]} in {_milliseconds(end - calls[0].start)}"


def _plural(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.3f}\N{NARROW NO-BREAK SPACE}ms"


def _legend(connections: Connections) -> str:
    return "".join(
        f"<li>{_chip(each.number)}{escape(each.name)}</li>" for each in connections.connections
    )


def _chip(number: int) -> str:
    return f'<b class="chip k{number % _COLOURS}">{number + 1}</b>'


def _lane(key: tuple[int, int], name: str, programs: Mapping[int, Sequence[str]]) -> str:
    process, _ = key
    program = " ".join(programs.get(process, ()))
    about = f"process {process}"
    return (
        f"<b>{escape(name)}</b> <span>{about}</span>"
        f'<span class="program" title="{escape(program, quote=True)}">{escape(program)}</span>'
    )


def _boxes(
    calls: Sequence[Call], lanes: Mapping[tuple[int, int], str], connections: Connections
) -> Iterable[str]:
    columns = {key: column for column, key in enumerate(lanes, 2)}
    starts = [call.start for call in calls]
    for i, call in enumerate(calls):
        row = i + 2
        end = len(calls) + 2
        if call.duration is not None:
            end = max(row + 1, bisect_left(starts, call.start + call.duration) + 2)
        column = columns[call.process, call.thread]
        yield (
            f'<time style="--r:{row}">{(call.start - starts[0]) * 1000:,.3f}</time>'
            f'<article id="c{i}" class="{_classes(call)}" '
            f'style="--c:{column};--r:{row};--e:{end}">{_box(call, i, connections)}</article>'
        )


def _classes(call: Call) -> str:
    classes = [_KIND_OF.get(call.function, "asks")]
    if call.duration is None:
        classes.append("unfinished")
    elif call.error in _NOT_YET:
        classes.append("notyet")
    elif call.error is not None:
        classes.append("failed")
    return " ".join(classes)


def _box(call: Call, place: int, connections: Connections) -> str:
    connection = connections.of.get(place)
    chip = "" if connection is None else _chip(connection.number)
    took = "" if call.duration is None else _milliseconds(call.duration)
    details = [
        f"<dt>{escape(name)}</dt><dd>{_value(value)}</dd>" for name, value in call.arguments.items()
    ]
    if call.place is not None:
        path, line, function = call.place
        details.append(f"<dt>in</dt><dd>{escape(function)}, {escape(path)}:{line}</dd>")
    details.append(f"<dt>took</dt><dd>{took or 'unfinished'}</dd>")
    where = "" if call.place is None else shown(call.place).replace("\\", "/").rpartition("/")[2]
    about = f"<p>{escape(call.summary)}</p>" if call.summary else ""
    return (
        f"<details><summary><small>{escape(where)}</small>{chip}"
        f'<span class="lane">{escape(call.thread_name)} </span>'
        f"<code><b>{escape(call.name)}</b>({_in_short(call)})</code>"
        f' <code class="outcome">{escape(call.outcome())}</code></summary>'
        f"{about}<dl>{''.join(details)}</dl></details>"
    )


def _in_short(call: Call) -> str:
    """Return the arguments without their names, with long values shortened."""
    parts = []
    for value in call.arguments.values():
        if isinstance(value, dict):
            path = value.get("sun_path")
            text = "{…}" if path is None else text_of(path)
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
            text = "[…]"
        elif isinstance(value, Data):
            text = text_of(Data(value.beginning[:_SHORT], value.size))
        else:
            text = text_of(value)
        parts.append(f'<i class="{_kind(value)}">{escape(text)}</i>')
    return ", ".join(parts)


def _kind(value: Any) -> str:
    if isinstance(value, Symbol):
        return "symbol"
    return "data" if isinstance(value, (Data, bytes, str)) else "number"


def _value(value: Any) -> str:
    more = ""
    if isinstance(value, Data):
        more = f" <small>{_plural(value.size, 'byte')}</small>"
    return f"<code>{escape(text_of(value))}</code>{more}"
