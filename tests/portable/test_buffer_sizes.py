"""The amount of data that fits into a stream before it is received, as set by its options."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.errors import UnsupportedError
from interprocess.local_socket import (
    ConnectOptions,
    ListenerOptions,
    Name,
    Stream,
    connect,
    listen,
    pair,
    to_ns_name,
)
from tests.support import PATIENCE

SMALL, LARGE = 8_192, 120_000

of_both_ends = pytest.mark.skipif(
    not capabilities.available("connect_buffer_sizes"), reason="a pipe's client cannot set sizes"
)


def filled(stream: Stream) -> int:
    """Return how many bytes go into a stream whose peer receives nothing."""
    stream.set_nonblocking(True)
    count = 0
    try:
        while True:
            count += stream.send(b"x" * 512)
    except BlockingIOError:
        return count


@contextmanager
def accepted(name: Name, client: dict[str, int], **server: int) -> Iterator[tuple[Stream, Stream]]:
    """Give a client and what a listener with options has accepted."""
    with listen(name, **server) as listener:  # type: ignore[arg-type]  # numbers
        with connect(name, PATIENCE, **client) as ours:  # type: ignore[arg-type]  # numbers
            with listener.accept(PATIENCE) as theirs:
                yield ours, theirs


def test_a_server_that_takes_little_or_much_at_once(name: Name) -> None:
    amounts = []
    for size in (SMALL, LARGE):
        with accepted(name, {}, send_buffer_size=size) as (_, server):
            assert server.send_buffer_size >= size
            amounts.append(filled(server))
    assert amounts[0] <= 4 * SMALL
    assert amounts[1] >= LARGE // 2 > amounts[0]


@of_both_ends
def test_a_client_that_takes_little_or_much_at_once(name: Name) -> None:
    amounts = []
    for size in (SMALL, LARGE):
        with accepted(name, {"send_buffer_size": size}, recv_buffer_size=size) as (client, _):
            assert client.send_buffer_size >= size
            amounts.append(filled(client))
    assert amounts[0] <= 4 * SMALL
    assert amounts[1] >= LARGE // 2 > amounts[0]


@pytest.mark.skipif(
    capabilities.available("connect_buffer_sizes"), reason="a socket's client can set sizes"
)
def test_a_client_that_may_not_choose_is_told_so(name: Name) -> None:
    for options in ({"send_buffer_size": SMALL}, {"recv_buffer_size": SMALL}):
        with pytest.raises(UnsupportedError, match="the server"):
            ConnectOptions(name, **options)  # type: ignore[arg-type]  # numbers
        with pytest.raises(UnsupportedError, match="the server"):
            connect(name, **options)  # type: ignore[arg-type]  # numbers


def test_what_a_server_receives(name: Name) -> None:
    with accepted(name, {}, recv_buffer_size=LARGE) as (client, server):
        assert server.recv_buffer_size >= LARGE
        if sys.platform == "win32":
            assert client.send_buffer_size == server.recv_buffer_size == LARGE
            assert LARGE - 512 < filled(client) <= LARGE


def test_a_pair() -> None:
    amounts = []
    for size in (SMALL, LARGE):
        first, second = pair(buffer_size=size)
        with first, second:
            for end in (first, second):
                assert end.send_buffer_size >= size
                assert end.recv_buffer_size >= size
            amounts.append((filled(first), filled(second)))
    (little, again), (much, more) = amounts
    assert little == again <= 4 * SMALL
    assert much == more >= LARGE // 2


def test_the_sizes_of_a_stream_that_was_not_told_any() -> None:
    first, second = pair()
    with first, second:
        assert first.send_buffer_size > 1000
        assert first.recv_buffer_size > 1000
        first.close()
        with pytest.raises(ValueError, match="closed"):
            first.send_buffer_size  # noqa: B018  # it raises


@pytest.mark.parametrize("option", ["send_buffer_size", "recv_buffer_size"])
@pytest.mark.parametrize("size", [0, -1, 1 << 31, True, "1", 1.5])
def test_what_is_no_size(option: str, size: Any) -> None:
    name = to_ns_name("never made")
    for make in (ListenerOptions, ConnectOptions):
        with pytest.raises((TypeError, ValueError), match=option):
            make(name, **{option: size})
    with pytest.raises((TypeError, ValueError), match="buffer_size"):
        pair(buffer_size=size)


def test_options_are_compared_and_shown_with_their_sizes() -> None:
    name = to_ns_name("never made")
    options = ListenerOptions(name, send_buffer_size=SMALL)
    assert options == ListenerOptions(name, send_buffer_size=SMALL) != ListenerOptions(name)
    assert f"send_buffer_size={SMALL}" in repr(options)
