"""A trace as an object: its length, its parts, what it says of itself."""

from __future__ import annotations

import os

from interprocess.local_socket import pair
from interprocess.trace import trace


def test_a_trace_is_a_sequence() -> None:
    with trace() as calls:
        assert repr(calls) == "<Trace of 0 calls, active>"
        first, second = pair()
        with first, second:
            first.send_all(b"x")
            assert second.recv(1) == b"x"
    assert repr(calls) == f"<Trace of {len(calls)} calls, ended>"
    assert [call.function for call in calls[:2]] == [calls[0].function, calls[1].function]
    assert [str(call) for call in calls[-2:]] == [str(call) for call in [*calls][-2:]]
    assert all(call.process == os.getpid() for call in calls)


def test_a_page_without_calls() -> None:
    with trace() as calls:
        pass
    assert (len(calls), str(calls), calls.json_lines()) == (0, "", "")
    assert "no calls" in calls.html()
