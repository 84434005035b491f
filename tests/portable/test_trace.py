"""Traces: what is in them, and that nothing stays when they have ended."""

from __future__ import annotations

import gc
import json
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import interprocess
from interprocess.trace import Call, Trace, trace
from tests.support import (
    PATIENCE,
    Running,
    finish,
    python,
    unique,
)

SENDS = "WriteFile" if sys.platform == "win32" else "send"


def functions(calls: Trace) -> list[str]:
    return [call.function for call in calls]


def connected(name: str) -> tuple[Any, Any, Any]:
    listener = interprocess.listen(name)
    client = interprocess.connect(name)
    return listener, client, listener.accept()


def test_a_trace_has_calls_with_names_and_values() -> None:
    name = unique()
    with trace() as calls:
        listener, client, server = connected(name)
        client.send_all(b"hello")
        assert server.recv(100) == b"hello"
        for each in (client, server, listener):
            each.close()
    assert len(calls) == len([*calls]) > 5
    assert all(isinstance(call, Call) for call in calls)
    [sent] = [call for call in calls if call.function == SENDS]
    data = sent.arguments["lpBuffer" if sys.platform == "win32" else "buffer"]
    assert data.beginning == b"hello"
    assert data.size == 5
    assert sent.error is None
    assert sent.duration is not None
    assert 0 <= sent.duration < PATIENCE
    assert sent.thread == threading.get_ident()
    assert sent.place is not None
    path, line, function = sent.place
    assert Path(path) == Path(__file__)
    assert "send_all" in Path(__file__).read_text("utf-8").splitlines()[line - 1]
    assert function == "test_a_trace_has_calls_with_names_and_values"
    assert name in str(calls)
    assert '"hello"' in str(calls)


def test_errors_have_names() -> None:
    with trace() as calls, pytest.raises(OSError):
        interprocess.connect(unique("nobody"))
    failed = [call for call in calls if call.error is not None]
    expected = "ERROR_FILE_NOT_FOUND" if sys.platform == "win32" else ("ECONNREFUSED", "ENOENT")
    assert failed[-1].error is not None
    assert failed[-1].error in expected
    assert failed[-1].result is None
    assert failed[-1].error in str(failed[-1])


def test_nothing_is_recorded_outside() -> None:
    calls = trace()
    first, second = interprocess.pair()
    with calls:
        first.send_all(b"1")
    first.send_all(b"2")
    assert second.recv_exactly(2) == b"12"
    assert functions(calls).count(SENDS) == 1
    first.close()
    second.close()


def test_streams_from_before_are_traced_too() -> None:
    first, second = interprocess.pair()
    first.send_all(b"1")
    second.recv(1)
    with trace() as calls:
        first.send_all(b"2")
        second.recv(1)
        with trace() as inner:
            first.send_all(b"3")
        second.recv(1)
    assert functions(calls).count(SENDS) == 2
    assert functions(inner).count(SENDS) == 1
    first.close()
    second.close()


def test_traces_may_overlap() -> None:
    first, second = interprocess.pair()
    one, two = trace(), trace()
    one.__enter__()
    first.send_all(b"1")
    two.__enter__()
    first.send_all(b"2")
    one.__exit__()
    first.send_all(b"3")
    two.__exit__()
    first.send_all(b"4")
    assert [functions(each).count(SENDS) for each in (one, two)] == [2, 2]
    first.close()
    second.close()


def test_a_trace_is_entered_once_at_a_time() -> None:
    with trace() as calls, pytest.raises(RuntimeError, match="active"):
        calls.__enter__()


def test_a_call_that_goes_on_is_unfinished() -> None:
    first, second = interprocess.pair()
    with trace() as calls:
        receiving = Running(lambda: second.recv(10))
        assert receiving.is_waiting()
    waits = [call for call in calls if call.duration is None]
    assert [call.thread for call in waits] != [threading.get_ident()]
    assert "<unfinished ...>" in str(calls) or sys.platform == "win32"
    before = str(calls)
    first.send_all(b"late")
    assert receiving.result() == b"late"
    assert str(calls) == before
    first.close()
    second.close()


def test_tracing_begins_while_a_call_goes_on() -> None:
    first, second = interprocess.pair()
    receiving = Running(lambda: second.recv(10))
    assert receiving.is_waiting()
    with trace() as calls:
        first.send_all(b"late")
        assert receiving.result() == b"late"
    assert SENDS in functions(calls)
    first.close()
    second.close()


def test_threads_are_told_apart() -> None:
    first, second = interprocess.pair()
    with trace() as calls:
        thread = threading.Thread(target=lambda: first.send_all(b"x"), name="the sender")
        thread.start()
        thread.join()
        second.recv(1)
    [sent] = [call for call in calls if call.function == SENDS]
    assert sent.thread_name == "the sender"
    assert {call.thread for call in calls} == {sent.thread, threading.get_ident()}
    first.close()
    second.close()


def test_json_lines() -> None:
    with trace() as calls:
        first, second = interprocess.pair()
        first.send_all(b"\xff\0\n" * 100)
        second.recv(300)
    lines = [json.loads(line) for line in calls.json_lines().splitlines()]
    assert [line["function"] for line in lines] == functions(calls)
    [sent] = [line["arguments"] for line in lines if line["function"] == SENDS]
    data = sent["lpBuffer" if sys.platform == "win32" else "buffer"]
    assert data["size"] == 300
    assert data["beginning"].startswith(r"\xff\x00\n")
    first.close()
    second.close()


def test_a_page_stands_alone() -> None:
    with trace() as calls:
        first, second = interprocess.pair()
        first.send_all(b"<script>")
        second.recv(100)
    page = calls.html("a <title>")
    assert "a &lt;title&gt;" in page
    assert "&lt;script&gt;" in page
    assert page.count("<script>") == 1
    assert page.count("<article ") == len(calls)
    assert "src=" not in page
    assert "url(http" not in page
    first.close()
    second.close()


def state() -> dict[str, Any]:
    """Return everything that a trace may exchange: names, attributes of classes, compiled code."""
    found: dict[str, Any] = {"path": [*sys.meta_path]}
    for name, module in [*sys.modules.items()]:
        if not name.startswith("interprocess") or not isinstance(module, ModuleType):
            continue
        if name.startswith("interprocess.trace"):
            continue
        for key, value in [*vars(module).items()]:
            if callable(value) or isinstance(value, ModuleType):
                found[f"{name}.{key}"] = id(value)
            if isinstance(value, type):
                for attribute, member in [*vars(value).items()]:
                    found[f"{name}.{key}.{attribute}"] = id(member)
                    code = getattr(member, "__code__", None)
                    if code is not None:
                        found[f"{name}.{key}.{attribute}()"] = (id(code), code.co_code)
    for library in libraries():
        for key, value in vars(library).items():
            found[f"{library._name}: {key}"] = id(value)
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of what is not what it was; what was looked up since is no matter."""
    return [name for name, value in before.items() if after.get(name) != value]


def libraries() -> list[Any]:
    if sys.platform == "win32":
        from interprocess._bindings.advapi32 import advapi32
        from interprocess._bindings.kernel32 import kernel32, ntdll

        return [kernel32, ntdll, advapi32]
    from interprocess._bindings.libc import libc

    return [libc]


def stand_ins() -> list[object]:
    """Return the functions that stand in for others and are still known to somebody."""
    gc.collect()
    found = []
    for thing in gc.get_objects():
        code = getattr(thing, "__code__", None) if type(thing).__name__ == "function" else None
        if code is not None and code.co_qualname.startswith("stand_in_for_"):
            found.append(thing)
    return found


def exercise() -> None:
    listener, client, server = connected(unique())
    client.send_all(b"hello")
    server.recv(10)
    server.set_recv_timeout(0)
    with pytest.raises(TimeoutError):
        server.recv(10)
    sender, receiver = interprocess.pipe()
    for each in (listener, client, server, sender, receiver):
        each.close()


def test_nothing_stays() -> None:
    stream, other = interprocess.pair()
    for _ in range(2):  # What is looked up once stays, as ever.
        stream.send_all(b"x")
        other.recv(1)
        exercise()
    before = state()
    with trace():
        during = state()
        exercise()
        stream.send_all(b"x")
        other.recv(1)
    assert during != before
    assert differences(before, state()) == []
    stream.close()
    other.close()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="functions have no qualified names in code")
def test_nobody_knows_what_stood_in() -> None:
    stream, other = interprocess.pair()
    before = len(stand_ins())
    with trace():
        exercise()
        stream.send_all(b"x")
        other.recv(1)
        assert len(stand_ins()) > before
    stream.send_all(b"y")
    assert other.recv(1) == b"y"
    assert len(stand_ins()) == before
    stream.close()
    other.close()


def test_what_is_imported_meanwhile_is_traced_and_left_as_it_is() -> None:
    code = """
import sys
from interprocess.trace import trace
with trace() as calls:
    import interprocess
    first, second = interprocess.pair()
    first.send_all(b"1")
    second.recv(1)
    first.close()
    second.close()
print(len(calls))
import interprocess.local_socket as package
for name, module in list(sys.modules.items()):
    if name.startswith("interprocess.") and not name.startswith("interprocess.trace"):
        assert type(module.__spec__.loader).__name__ != "_Loader", name
        for key, value in vars(module).items():
            place = type(value).__module__, getattr(value, "__module__", None) or ""
            assert not any(str(each).startswith("interprocess.trace") for each in place), key
"""
    with python(code) as process:
        assert int(finish(process)) > 4


def test_transfers_are_right_while_traces_come_and_go() -> None:
    first, second = interprocess.pair()
    data = bytes(range(256)) * 4
    count = 300

    def send() -> None:
        for _ in range(count):
            first.send_all(data)

    sending = Running(send)
    receiving = Running(lambda: b"".join(second.recv_exactly(len(data)) for _ in range(count)))
    while not receiving.has_ended():
        with trace() as calls:
            pass
        str(calls)
    sending.join()
    assert receiving.result() == data * count
    first.close()
    second.close()


def test_a_call_of_a_callback_is_that_of_the_task_that_waits() -> None:
    import asyncio

    from interprocess.local_socket import asyncio as local_socket

    async def receive(stream: Any) -> None:
        await stream.recv(10)  # Here.

    async def main() -> Trace:
        first, second = local_socket.Stream.pair()
        async with first, second:
            with trace() as calls:
                task = asyncio.ensure_future(receive(second))
                await asyncio.sleep(0)
                await first.send_all(b"x")
                await task
        return calls

    calls = asyncio.run(main())
    receives = "ReadFile" if sys.platform == "win32" else "recv"
    received = [call for call in calls if call.function == receives]
    assert received
    lines = Path(__file__).read_text("utf-8").splitlines()
    for call in received:
        assert call.place is not None
        assert lines[call.place[1] - 1].endswith("# Here.")
