"""`current_user_only` with clients and servers of other, real users."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.errors import UnsupportedError
from interprocess.local_socket import (
    ConnectOptions,
    Listener,
    ListenerNonblockingMode,
    ListenerOptions,
    Name,
    connect,
    listen,
    pair,
    recv_object,
    send_object,
    serve,
)
from interprocess.local_socket import asyncio as local_asyncio
from interprocess.os.unix import local_socket as unix_local_socket
from tests.support import PATIENCE, Running, eventually, finish, open_handles, unique_name
from tests.unix.users import (
    CLIENT,
    NOBODY,
    ONLY_ROOT,
    TELLS_USER,
    TURNS,
    as_nobody,
    flood,
    open_to_others,
)

ABSTRACT = pytest.mark.skipif(
    not capabilities.available("abstract_ns_ud_socket"), reason="no abstract names"
)
RIGHTS_TRAVEL = pytest.mark.skipif(
    not capabilities.available("send_fds"), reason="no descriptors travel here"
)
pytestmark = [TELLS_USER]

SERVER = """
from interprocess.os.unix.local_socket import ListenerOptions
mode = None if name.is_abstract() else 0o666
listener = ListenerOptions(name, mode=mode, current_user_only=False).create_sync()
print("listening", flush=True)
for stream in listener:
    stream.close()
"""


def listener_for_all(name: Name, **options: Any) -> Listener:
    """Return a listener whose file, if it has one, lets everybody connect."""
    mode = None if name.is_abstract() else 0o666
    return unix_local_socket.ListenerOptions(name, mode=mode, **options).create_sync()


@contextmanager
def server_of_nobody(name: Name) -> Iterator[None]:
    with as_nobody(SERVER, name) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"
        yield
    if not name.is_abstract():
        os.unlink(str(name))


@ONLY_ROOT
def test_a_client_of_another_user_is_turned_away(name: Name) -> None:
    open_to_others(name)
    with listener_for_all(name, current_user_only=True) as listener:
        with as_nobody(CLIENT, name, "3") as stranger:
            accepting = Running(lambda: listener.accept(timeout=PATIENCE))
            assert finish(stranger).split() == ["refused"] * 3
        before = open_handles()
        with connect(name, current_user_only=True) as client, accepting.result() as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"
        assert open_handles() <= before


@ONLY_ROOT
@ABSTRACT
def test_an_abstract_name_is_the_same_users_unless_it_is_opened() -> None:
    name = unique_name("namespaced")
    with listen(name) as listener, as_nobody(CLIENT, name, "1") as stranger:
        with pytest.raises(TimeoutError):
            listener.accept(timeout=1)
        assert finish(stranger) == "refused\n"
    with listen(name, current_user_only=False) as listener, as_nobody(CLIENT, name, "1") as client:
        with listener.accept(timeout=PATIENCE) as stream:
            stream.send_all(b"welcome")
        assert finish(client) == "welcome\n"


@ONLY_ROOT
@RIGHTS_TRAVEL
@pytest.mark.parametrize("only", [None, True, False])
def test_a_listener_that_was_handed_over_admits_the_same_clients(
    name: Name, only: bool | None
) -> None:
    open_to_others(name)
    first, second = pair()
    with first, second:
        with listener_for_all(name, current_user_only=only) as listener:
            send_object(first, listener)
            listener.keep_name()
        with recv_object(second, Listener) as listener:
            listener.reclaim_name_on_drop()
            for_all = only is False or (only is None and not name.is_abstract())
            with as_nobody(CLIENT, name, "1") as stranger:
                if for_all:
                    with listener.accept(timeout=PATIENCE) as stream:
                        stream.send_all(b"welcome")
                else:
                    with pytest.raises(TimeoutError):
                        listener.accept(timeout=1)
                assert finish(stranger) == ("welcome\n" if for_all else "refused\n")


@ONLY_ROOT
@RIGHTS_TRAVEL
@ABSTRACT
def test_a_listener_from_a_program_that_does_not_say_is_the_same_users() -> None:
    name = unique_name("namespaced")
    first, second = pair()
    with first, second, listen(name, current_user_only=False) as listener:
        first.send_fds(b"IPOB\1\2\0\0", [listener])
        with recv_object(second, Listener) as new, as_nobody(CLIENT, name, "1") as stranger:
            with pytest.raises(TimeoutError):
                new.accept(timeout=1)
            assert finish(stranger) == "refused\n"


@ONLY_ROOT
def test_root_is_let_in_and_may_be_the_server(name: Name) -> None:
    """`server_of_nobody` is another user's, root itself is trusted by everybody."""
    open_to_others(name)
    only = """
from interprocess.os.unix.local_socket import ListenerOptions
mode = None if name.is_abstract() else 0o666
with ListenerOptions(name, mode=mode, current_user_only=True).create_sync() as listener:
    print("listening", flush=True)
    with listener.accept(timeout=20) as stream:
        stream.send_all(b"root")
"""
    with as_nobody(only, name) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"
        with connect(name, current_user_only=False) as stream:
            assert stream.recv(4) == b"root"
        finish(server)
    with listener_for_all(name, current_user_only=False) as listener:
        trusting = """
with connect(name, timeout=20, current_user_only=True) as stream:
    print(stream.recv(4).decode())
"""
        with as_nobody(trusting, name) as client:
            with listener.accept(timeout=PATIENCE) as stream:
                stream.send_all(b"root")
            assert finish(client) == "root\n"


@ONLY_ROOT
def test_a_server_of_another_user_is_refused(name: Name) -> None:
    open_to_others(name)

    async def asynchronously(current_user_only: bool | None) -> None:
        options = ConnectOptions(name, current_user_only=current_user_only)
        (await options.connect_asyncio()).close()

    attempts: list[Callable[[bool | None], object]] = [
        lambda only: connect(name, current_user_only=only).close(),
        lambda only: ConnectOptions(name, current_user_only=only).connect_sync().close(),
        lambda only: asyncio.run(asynchronously(only)),
    ]
    with server_of_nobody(name):
        before = open_handles()
        for attempt in attempts:
            with pytest.raises(PermissionError, match=f"belongs to user {NOBODY}") as caught:
                attempt(True)
            assert caught.value.filename == str(name)
            attempt(False)
            if name.is_namespaced():
                with pytest.raises(PermissionError):
                    attempt(None)
            else:
                attempt(None)  # The directory decides who may create its sockets.
        assert open_handles() <= before
        # Waiting does not help if the server runs as another user.
        with pytest.raises(PermissionError):
            connect(name, timeout=PATIENCE, current_user_only=True, wait_for_server=True)


@ONLY_ROOT
def test_a_link_of_another_user_is_refused() -> None:
    name = unique_name("path")
    link = f"{name}.link"
    os.symlink(str(name), link)
    with listen(name):
        connect(link, current_user_only=True).close()
        os.lchown(link, NOBODY, NOBODY)
        connect(link, current_user_only=False).close()
        with pytest.raises(PermissionError, match="symbolic link"):
            connect(link, current_user_only=True)
    os.unlink(link)


@ONLY_ROOT
def test_strangers_keep_nobody_from_a_timeout_or_from_being_served(name: Name) -> None:
    open_to_others(name)
    with listener_for_all(name, current_user_only=True) as listener, flood(name) as process:
        assert process.stdout.readline() == b"flooding\n"
        for timeout in (0, 0.2):
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                listener.accept(timeout=timeout)
            assert timeout <= time.monotonic() - began < PATIENCE
        listener.set_nonblocking(ListenerNonblockingMode.ACCEPT)
        with pytest.raises(BlockingIOError):
            listener.accept()
        listener.set_nonblocking(ListenerNonblockingMode.NEITHER)
        serving = Running(lambda: serve(listener, lambda stream: stream.send_all(b"served")))
        before = 0
        for _ in range(TURNS):
            with connect(name, timeout=PATIENCE) as stream:
                assert stream.recv(6) == b"served"
            before = before or open_handles()
        assert eventually(lambda: open_handles() <= before + 2)
        listener.close()
        serving.result()


@ONLY_ROOT
@ABSTRACT
def test_an_adopted_listener_turns_strangers_away_by_its_name() -> None:
    name = unique_name("namespaced")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(name.address)
        made.listen()
        with Listener(os.dup(made.fileno())) as listener:
            with as_nobody(CLIENT, name, "1") as stranger:
                with pytest.raises(TimeoutError):
                    listener.accept(timeout=0.5)
                assert finish(stranger) == "refused\n"
            again = through_asyncio(listener)
            assert again._current_user_only
        number = os.dup(made.fileno())
        with Listener(number, current_user_only=False) as listener:
            with as_nobody(CLIENT, name, "1") as client:
                with listener.accept(timeout=PATIENCE) as stream:
                    stream.send_all(b"hello")
                assert finish(client) == "hello\n"


def through_asyncio(listener: Listener) -> Listener:
    """Return a listener like this one that was asyncio's meanwhile, and is closed."""

    async def there_and_back() -> Listener:
        return local_asyncio.Listener.from_sync(Listener(os.dup(listener.fileno()))).to_sync()

    copy = asyncio.run(there_and_back())
    copy.close()
    return copy


def test_options_are_checked(name: Name) -> None:
    for options in (ListenerOptions, ConnectOptions):
        assert options(name).current_user_only is None
        assert options(name, current_user_only=True).replace().current_user_only is True
        with pytest.raises(TypeError, match="current_user_only must be"):
            options(name, current_user_only=1)  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(TypeError, match="current_user_only must be"):
        connect(name, current_user_only="yes")  # type: ignore[arg-type]  # deliberately wrong


def test_where_nothing_is_told_it_is_said(name: Name, monkeypatch: pytest.MonkeyPatch) -> None:
    from interprocess.os.unix._unix_socket import same_user

    monkeypatch.setattr(same_user, "TELLS_USER", False)
    with pytest.raises(UnsupportedError, match="current_user_only"):
        listen(name, current_user_only=True)
    if not name.is_abstract():
        with listen(name), connect(name, current_user_only=True):
            pass  # The file's owner is all there is.


def test_root_is_the_one_whose_user_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that gives its privileges up serves the user that it is then."""
    from interprocess.os.unix._unix_socket.same_user import is_trusted

    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    assert is_trusted(1234)
    assert is_trusted(0)
    assert not is_trusted(NOBODY)
