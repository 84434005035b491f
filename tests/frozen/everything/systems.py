"""The parts that only some systems have."""

from __future__ import annotations

import os
import sys

from .support import AbsentError, concurrently, expect, fresh_name

_UNIX = "this is no Unix"
_WINDOWS = "this is no Windows"


def options_of_unix() -> None:
    """Make a socket file with a mode."""
    if sys.platform == "win32":
        raise AbsentError(_UNIX)
    import tempfile

    from interprocess.os.unix.local_socket import listen

    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "socket")
        with listen(path, mode=0o640):
            expect(oct(os.stat(path).st_mode & 0o777), "0o640")


def fifo_files() -> None:
    """Open both ends of a FIFO file, also with asyncio."""
    if sys.platform == "win32":
        raise AbsentError(_UNIX)
    import asyncio
    import tempfile

    import interprocess.os.unix.fifo_file.asyncio as asynchronous
    from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender

    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "fifo")
        create_fifo(path)

        def send() -> None:
            with open_sender(path) as sender:
                sender.send_all(b"fifo")

        def receive() -> None:
            with open_recver(path) as recver:
                expect(recver.recv(10), b"fifo")

        async def receive_with_asyncio() -> None:
            async with await asynchronous.open_recver(path) as recver:
                expect(await recver.recv(10), b"fifo")

        concurrently(send, receive)
        concurrently(send, lambda: asyncio.run(receive_with_asyncio()))


def linux() -> None:
    """Use what only Linux has."""
    if sys.platform != "linux":
        raise AbsentError("this is no Linux")
    from interprocess.errors import UnsupportedError
    from interprocess.local_socket import pair
    from interprocess.os.linux.local_socket import peer_pidfd
    from interprocess.os.linux.unnamed_pipe import get_pipe_size, set_pipe_size
    from interprocess.unnamed_pipe import pipe

    sender, recver = pipe()
    with sender, recver:
        set_pipe_size(sender, 65536)
        expect(get_pipe_size(recver), 65536)
    first, second = pair()
    with first, second:
        try:
            os.close(peer_pidfd(first))
        except UnsupportedError:
            pass


def named_pipes() -> None:
    """Send messages through a named pipe of Windows, also with asyncio, and read its descriptor."""
    if sys.platform == "win32":
        import asyncio

        import interprocess.os.windows.named_pipe.asyncio as asynchronous
        from interprocess.messages import PipeMessageStream
        from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeMode, PipeStream
        from interprocess.os.windows.security_descriptor import SecurityDescriptor

        messages = PipeMode.MESSAGES
        path = rf"\\.\pipe\{fresh_name().as_text()}"
        options = PipeListenerOptions(
            path,
            mode=messages,
            security_descriptor=SecurityDescriptor.user_and_administrators(),
        )
        with options.create_duplex() as listener:
            with PipeStream.connect_by_path(path, recv_mode=messages, send_mode=messages) as client:
                with PipeMessageStream(listener.accept()) as server:
                    client.send(b"message")
                    expect(server.recv(), b"message")

        async def use_asyncio() -> None:
            connect = asynchronous.PipeStream.connect_by_path
            async with options.create_asyncio(messages, messages) as listener:
                async with await connect(path, recv_mode=messages, send_mode=messages) as client:
                    async with await listener.accept() as server:
                        await client.send(b"message")
                        expect(await server.recv_msg(), b"message")

        asyncio.run(use_asyncio())
    else:
        raise AbsentError(_WINDOWS)
