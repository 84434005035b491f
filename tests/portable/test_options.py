"""Options: checked when made, frozen, comparable, readable."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess.local_socket import (
    ConnectOptions,
    ConnectWaitMode,
    ListenerNonblockingMode,
    ListenerOptions,
    Name,
    Stream,
    connect,
    listen,
    to_ns_name,
)

NAME = to_ns_name("options")

listener_options = st.builds(
    ListenerOptions,
    st.sampled_from([NAME, to_ns_name("other")]),
    nonblocking=st.sampled_from(ListenerNonblockingMode),
    reclaim_name=st.booleans(),
    try_overwrite=st.sampled_from([True, False, "if_dead"]),
    max_spin_time=st.none() | st.floats(0, 10),
)
wait_modes = st.sampled_from([ConnectWaitMode.deferred(), ConnectWaitMode.unbounded()]) | st.builds(
    ConnectWaitMode.timeout, st.floats(0, 1000)
)
connect_options = st.builds(
    ConnectOptions, st.just(NAME), wait_mode=wait_modes, nonblocking_stream=st.booleans()
)


@given(listener_options | connect_options)
def test_options_are_values(options: ListenerOptions | ConnectOptions) -> None:
    for same in (
        options.replace(),
        copy.copy(options),
        copy.deepcopy(options),
        pickle.loads(pickle.dumps(options)),
    ):
        assert same == options
        assert hash(same) == hash(options)
    assert repr(options).startswith(type(options).__name__ + "(name=")
    assert options != options.replace(name=to_ns_name("yet another"))
    with pytest.raises(AttributeError, match="frozen"):
        options.name = NAME
    with pytest.raises(AttributeError, match="frozen"):
        del options.name


def test_defaults() -> None:
    options = ListenerOptions(NAME)
    assert options.nonblocking is ListenerNonblockingMode.NEITHER
    assert options.reclaim_name is True
    assert options.try_overwrite is False
    assert options.max_spin_time is None
    assert ConnectOptions(NAME).wait_mode == ConnectWaitMode.unbounded()
    assert ConnectOptions(NAME).nonblocking_stream is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a string"},
        {"nonblocking": True},
        {"reclaim_name": 1},
        {"try_overwrite": "always"},
        {"try_overwrite": None},
        {"max_spin_time": "1"},
        {"unknown": 1},
    ],
    ids=str,
)
def test_wrong_listener_options(wrong: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        ListenerOptions(**{"name": NAME, **wrong})  # type: ignore[arg-type]  # deliberately wrong


@pytest.mark.parametrize(
    "wrong", [{"name": None}, {"wait_mode": 5}, {"nonblocking_stream": 0}, {"unknown": 1}], ids=str
)
def test_wrong_connect_options(wrong: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        ConnectOptions(**{"name": NAME, **wrong})  # type: ignore[arg-type]  # deliberately wrong


def test_options_are_keyword_only() -> None:
    with pytest.raises(TypeError):
        ListenerOptions(NAME, ListenerNonblockingMode.BOTH)  # type: ignore[call-arg, misc, unused-ignore]  # deliberately wrong
    with pytest.raises(TypeError):
        ConnectOptions(NAME, ConnectWaitMode.deferred())  # type: ignore[call-arg, misc, unused-ignore]  # deliberately wrong


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_bad_times(seconds: float) -> None:
    with pytest.raises(ValueError, match="max_spin_time"):
        ListenerOptions(NAME, max_spin_time=seconds)
    with pytest.raises(ValueError, match="timeout"):
        ConnectWaitMode.timeout(seconds)


def test_wait_modes() -> None:
    assert repr(ConnectWaitMode.deferred()) == "ConnectWaitMode.deferred()"
    assert repr(ConnectWaitMode.timeout(1.5)) == "ConnectWaitMode.timeout(1.5)"
    assert ConnectWaitMode.timeout(1) == ConnectWaitMode.timeout(1.0)
    for kind, seconds in (("sometimes", None), ("timeout", None), ("deferred", 1.0)):
        with pytest.raises(ValueError, match="wait mode"):
            ConnectWaitMode(kind, seconds)  # type: ignore[arg-type]  # deliberately wrong


def test_a_timeout_is_a_wait_mode() -> None:
    options = ConnectOptions(NAME, timeout=1.5)
    assert options == ConnectOptions(NAME, wait_mode=ConnectWaitMode.timeout(1.5))
    assert options.timeout == 1.5
    assert ConnectOptions(NAME, timeout=None).wait_mode == ConnectWaitMode.unbounded()
    assert ConnectOptions(NAME).timeout is None
    assert options.replace(nonblocking_stream=True).timeout == 1.5
    assert options.replace(timeout=3).timeout == 3.0
    assert options.replace(timeout=None).timeout is None
    with pytest.raises(ValueError, match="does not go with"):
        ConnectOptions(NAME, timeout=1, wait_mode=ConnectWaitMode.unbounded())
    with pytest.raises(ValueError, match="at least 0"):
        ConnectOptions(NAME, timeout=-1)
    with pytest.raises(TypeError, match="timeout"):
        ConnectOptions(NAME, timeout="1")  # type: ignore[arg-type]  # deliberately wrong


def test_connecting_with_a_timeout() -> None:
    options = ConnectOptions(Name.unique("options"), timeout=0.05, wait_for_server=True)
    with pytest.raises(TimeoutError, match=r"within 0\.05 seconds"):
        options.connect_sync()


def test_nothing_connects_unchecked() -> None:
    assert [name for name in dir(Stream) if "connect" in name and name[0] != "_"] == []


def test_nonblocking_modes_say_what_they_are() -> None:
    assert [
        (mode.accept_nonblocking, mode.stream_nonblocking) for mode in ListenerNonblockingMode
    ] == [
        (False, False),
        (True, False),
        (False, True),
        (True, True),
    ]


def test_short_forms_check_their_options() -> None:
    with pytest.raises(TypeError):
        listen("x", unknown=1)  # type: ignore[call-arg]  # deliberately wrong
    with pytest.raises(TypeError):
        connect("x", timeout="1")  # type: ignore[arg-type]  # deliberately wrong
