"""The messages in docs/troubleshooting.md that are those of Windows."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import pytest

from interprocess.local_socket import Name, connect, listen, pair
from interprocess.os.windows.local_socket import ListenerOptions
from interprocess.os.windows.named_pipe import PipeListenerOptions
from interprocess.os.windows.security_descriptor import SecurityDescriptor
from tests.support import PATIENCE
from tests.troubleshooting import check
from tests.windows.pipes import unique_path
from tests.windows.wine import IS_WINE

assert sys.platform == "win32"


def no_such_pipe() -> None:
    connect(Name.unique())


def wrong_direction() -> None:
    path = unique_path()
    with PipeListenerOptions(path).create_recv_only():
        connect(path)


def shut_out() -> None:
    descriptor = SecurityDescriptor.from_sddl("D:P(A;;0x12019b;;;WD)")
    ListenerOptions(Name.unique(), security_descriptor=descriptor).create_sync()


def all_in_use() -> None:
    path = unique_path()
    with PipeListenerOptions(path, instance_limit=1).create_duplex() as listener:
        with connect(path), listener.accept(PATIENCE):
            connect(path, timeout=0.01)


def none_left_for_accepting() -> None:
    path = unique_path()
    with PipeListenerOptions(path, instance_limit=1).create_duplex() as listener:
        with connect(path), listener.accept(PATIENCE):
            listener.accept(PATIENCE)


def another_listener() -> None:
    with listen() as listener:
        listen(listener.name)


def connections_keep_the_name() -> None:
    with listen() as listener:
        client, server = connect(listener.name), listener.accept(PATIENCE)
    with client, server:
        listen(listener.name)


def too_late() -> None:
    first, second = pair()
    with first, second:
        first.set_recv_timeout(0.01)
        first.recv(1)


def nonblocking() -> None:
    first, second = pair()
    with first, second:
        first.set_nonblocking(True)
        first.recv(1)


def broken() -> None:
    first, second = pair()
    with first:
        second.close()
        first.send_all(b"x")


def selector_loop() -> None:
    from interprocess.local_socket.asyncio import connect

    async def main() -> None:
        with listen() as listener:
            await connect(listener.name)

    loop = asyncio.SelectorEventLoop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


#: What raises the error that has each message.
CAUSES: dict[str, Callable[[], object]] = {
    "[WinError 2] CreateFileW: The system cannot find the file specified": no_such_pipe,
    "does not name a pipe": lambda: connect("./example.sock"),
    "[WinError 5] CreateFileW: Access is denied": wrong_direction,
    "all instances of the pipe are in use": all_in_use,
    "another listener has this name": another_listener,
    "the name is in use: by connections that a listener has accepted": connections_keep_the_name,
    "Windows refuses a second instance of the pipe": shut_out,
    "[WinError 231] all 1 instances that the pipe may have are in use": none_left_for_accepting,
    "[Errno 10060] timed out": too_late,
    "the operation would have to wait": nonblocking,
    "[WinError 232] WriteFile: The pipe is being closed": broken,
    "cannot wait for pipes on Windows: use asyncio.ProactorEventLoop": selector_loop,
}

#: Why Wine does not raise some of them.
LACKING_ON_WINE: dict[Callable[[], object], str] = {
    shut_out: "access lists of pipes are not enforced: a second instance is never refused",
}


@pytest.mark.parametrize("message", CAUSES)
def test_the_message(message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cause = CAUSES[message]
    if IS_WINE and cause in LACKING_ON_WINE:
        pytest.skip(f"Wine: {LACKING_ON_WINE[cause]}")
    if IS_WINE and cause in (another_listener, connections_keep_the_name):
        from tests.windows.test_instances import Counted

        Counted(monkeypatch)  # Wine ignores FILE_FLAG_FIRST_PIPE_INSTANCE.
    check(message, cause)
