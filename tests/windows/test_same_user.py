"""`current_user_only`: access by the security descriptor, and the owner of the pipe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from interprocess.local_socket import ConnectOptions, connect, listen
from interprocess.os.windows.local_socket import ListenerOptions
from interprocess.os.windows.security_descriptor import SecurityDescriptor, Sid, of_handle
from tests.portable.asynchronous.fixtures import warm_runtimes
from tests.support import open_handles

__all__ = ["warm_runtimes"]

#: The account of some services, which is neither ours nor an administrator's.
LOCAL_SERVICE = "S-1-5-19"


def dacl_of(listener: Any) -> str:
    return of_handle(listener, "dacl").to_sddl("dacl")


def owner_of(listener: Any) -> Sid | None:
    return of_handle(listener, "owner").owner


def test_the_same_user_is_the_default(name: Any) -> None:
    with listen(name) as listener:
        usual = dacl_of(listener)
    assert "AU" not in usual
    assert "WD" not in usual
    with listen(name, current_user_only=True) as listener:
        assert dacl_of(listener) == usual


def test_one_word_opens_it(name: Any) -> None:
    """To connect, to read and to write, and not to listen at it: 0x4 is missing."""
    with listen(name, current_user_only=False) as listener:
        opened = SecurityDescriptor.every_user().to_sddl("dacl")
        assert dacl_of(listener) == opened
        assert "(A;;0x12019b;;;AU)" in opened
        assert str(Sid.current_user()) in opened or "BA" in opened
        with connect(name) as client, listener.accept(timeout=30) as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


def test_two_who_say_who_may_connect(name: Any) -> None:
    descriptor = SecurityDescriptor.current_user_only()
    for current_user_only in (True, False):
        with pytest.raises(ValueError, match="does not go with a security_descriptor"):
            ListenerOptions(
                name, security_descriptor=descriptor, current_user_only=current_user_only
            )


def test_a_pipe_of_our_own_or_of_an_administrator(name: Any) -> None:
    user = Sid.current_user()
    for owner in (str(user), "BA", "SY"):
        descriptor = SecurityDescriptor.from_sddl(f"O:{owner}D:P(A;;GA;;;{user})")
        with ListenerOptions(name, security_descriptor=descriptor).create_sync() as listener:
            connect(name, current_user_only=True).close()
            listener.accept(timeout=30).close()


def test_the_rule_of_dot_net(name: Any) -> None:
    """`PipeOptions.CurrentUserOnly`, as .NET's documentation and sources of `System.IO.Pipes` say.

    Its server's pipe belongs to the owner that new objects of the process have, who alone has
    rights. Its client refuses a pipe of any other owner.
    """
    with listen(name) as listener:
        default_owner = owner_of(listener)
    with listen(name, current_user_only=True) as listener:
        assert owner_of(listener) == default_owner
    # On Wine new objects belong to a group, on Windows to the user, unless it is an administrator.
    user = Sid.current_user()
    of_dot_net = SecurityDescriptor.from_sddl(f"O:{user}D:P(A;;FA;;;{user})")
    with ListenerOptions(name, security_descriptor=of_dot_net).create_sync() as listener:
        with connect(name, current_user_only=True) as client, listener.accept(timeout=30) as stream:
            client.send_all(b"x")
            assert stream.recv(1) == b"x"


def test_a_pipe_of_another_user(name: Any) -> None:
    descriptor = SecurityDescriptor.from_sddl(f"O:{LOCAL_SERVICE}D:P(A;;GA;;;WD)")
    options = ConnectOptions(name, current_user_only=True)

    async def with_asyncio() -> None:
        await options.connect_asyncio()

    attempts: list[Callable[[], object]] = [
        lambda: connect(name, current_user_only=True),
        options.connect_sync,
        lambda: asyncio.run(with_asyncio()),
        lambda: connect(name, 30, current_user_only=True, wait_for_server=True),
    ]
    try:
        import trio
    except ImportError:
        pass
    else:
        attempts.append(lambda: trio.run(options.connect_trio))
    with ListenerOptions(name, security_descriptor=descriptor).create_sync() as listener:
        for attempt in attempts:
            with pytest.raises(PermissionError, match=f"belongs to {LOCAL_SERVICE}") as caught:
                attempt()
            assert caught.value.filename == str(name)
            listener.accept(timeout=30).close()
        del caught
        before = open_handles()
        with pytest.raises(PermissionError):
            connect(name, current_user_only=True)
        listener.accept(timeout=30).close()
        assert open_handles() <= before
        connect(name).close()
        listener.accept(timeout=30).close()
