"""Streams where every call goes through cffi, as it does on PyPy: the portable tests once more."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from interprocess.local_socket import pair
from interprocess.os.unix._unix_socket import descriptor
from tests.portable.test_concurrency import *  # noqa: F403  # pytest collects what is here
from tests.portable.test_inputs import *  # noqa: F403  # likewise
from tests.portable.test_last_words import *  # noqa: F403  # likewise
from tests.portable.test_makefile import *  # noqa: F403  # likewise
from tests.portable.test_stream import *  # noqa: F403  # likewise
from tests.portable.test_writing import *  # noqa: F403  # likewise
from tests.support import Running


@pytest.fixture(autouse=True)
def through_cffi(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "default_timeout" not in request.fixturenames:
        monkeypatch.setattr(descriptor, "HAS_FAST_SOCKETS", False)


@pytest.fixture
def default_timeout() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(0.01)
    yield
    socket.setdefaulttimeout(before)


@pytest.mark.usefixtures("default_timeout")
def test_the_default_timeout_of_the_socket_module_means_nothing_here() -> None:
    first, second = pair()
    with first, second:
        receiving = Running(lambda: first.recv(1))
        assert receiving.is_waiting()
        second.send_all(b"x")
        assert receiving.result() == b"x"
