"""The parts that need a second process, which is this program again."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from interprocess.local_socket import Stream, connect, listen, pair
from interprocess.standard_streams.asyncio import stdin, stdout
from interprocess.unnamed_pipe import Sender, pipe, share_with_child

from .support import PATIENCE, AbsentError, expect, fresh_name, running


def client_in_a_child() -> None:
    """Have a child connect."""
    with listen(fresh_name()) as listener, running("client", listener.name.as_text()):
        with listener.accept(timeout=PATIENCE) as server:
            expect(server.recv_exactly(5), b"child")
            server.send_all(b"parent")


def pipe_shared_with_a_child() -> None:
    """Share an end of a pipe with a child."""
    sender, recver = pipe()
    with recver:
        with sender, share_with_child(sender) as shared:
            child = running("sender", *shared.arguments, **shared.popen_options)
            with child:
                pass
        expect(recver.recv(10), b"shared")


def processes_of_multiprocessing() -> None:
    """Hand a stream to a process of `multiprocessing`, as an argument and through a queue."""
    context = multiprocessing.get_context("spawn")
    _check_answers(context, lambda stream: (None, stream))
    queue: Any = context.Queue()
    stop = _check_answers(context, lambda _: (queue, None), queue.put)
    queue.close()
    queue.join_thread()
    stop()


def _check_answers(context: Any, arguments: Any, put: Any = lambda _: None) -> Any:
    from multiprocessing import resource_sharer

    ours, theirs = pair()
    with ours:
        with theirs:
            process = context.Process(target=_answer, args=arguments(theirs))
            process.start()
            put(theirs)
            ours.set_recv_timeout(PATIENCE)
            pid = b"%d" % process.pid
            expect(ours.recv_exactly(len(pid)), pid)
        process.join(PATIENCE)
    expect(process.exitcode, 0)
    return getattr(resource_sharer, "stop", lambda: None)


def _answer(queue: Any, stream: Stream | None) -> None:
    """Say which process this is; a role of `multiprocessing`'s children."""
    with stream or queue.get(timeout=PATIENCE) as answering:
        answering.send_all(b"%d" % os.getpid())


def standard_streams() -> None:
    """Have a child answer on its standard streams, asynchronously."""
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running("upper", **options) as child:
        output, _ = child.communicate(b"standard", PATIENCE)
        expect(output, b"STANDARD")


def listeners_that_others_made() -> None:
    """Have a child adopt a listener as one of systemd's services does."""
    if sys.platform == "win32":
        raise AbsentError("there are no descriptors")
    with listen(fresh_name()) as listener:
        number = listener.fileno()
        with running("activated", str(number), pass_fds=(number,)):
            with connect(listener.name) as client:
                client.set_recv_timeout(PATIENCE)
                expect(client.recv(10), b"activated")


def _client(name: str) -> None:
    from interprocess.local_socket import to_name

    with connect(to_name(name), timeout=PATIENCE) as stream:
        stream.send_all(b"child")
        expect(stream.recv_exactly(6), b"parent")


def _sender(*arguments: str) -> None:
    with Sender(*map(int, arguments)) as sender:
        sender.send_all(b"shared")


def _upper() -> None:
    async def copy() -> None:
        async with stdin() as source, stdout() as sink:
            while data := await source.recv(100):
                await sink.send_all(data.upper())

    asyncio.run(copy())


def _activated(number: str) -> None:
    if sys.platform != "win32":
        from interprocess.os.unix.socket_activation import listeners_from_systemd

        os.dup2(int(number), 3)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        [[listener]] = listeners_from_systemd().values()
        with listener, listener.accept(timeout=PATIENCE) as stream:
            stream.send_all(b"activated")


#: What a child of this program may be asked to be.
ROLES: dict[str, Callable[..., None]] = {
    "client": _client,
    "sender": _sender,
    "upper": _upper,
    "activated": _activated,
}
