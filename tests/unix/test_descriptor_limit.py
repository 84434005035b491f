"""Servers at the limit of descriptors: they pause, tell of it once, and go on."""

from __future__ import annotations

import resource
import tempfile

import pytest

from interprocess.local_socket import Name, Stream, connect
from tests.support import PATIENCE, python

BEGIN = """if True:
    import contextlib, os, resource, sys
    def limit():
        highest = max(map(int, os.listdir("/dev/fd")))
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 4, 4096))
        print("listening", flush=True)
"""

SERVERS = {
    "for": """if True:
        import threading
        from interprocess.local_socket import listen
        def handle(stream):
            with contextlib.suppress(ConnectionError), stream:
                stream.send_all(b"served")
                stream.recv(1)
        with listen(sys.argv[1]) as listener:
            limit()
            for stream in listener:
                threading.Thread(target=handle, args=(stream,)).start()
    """,
    "serve": """if True:
        from interprocess.local_socket import listen, serve
        def handle(stream):
            stream.send_all(b"served")
            stream.recv(1)
        listener = listen(sys.argv[1])
        limit()
        serve(listener, handle)
    """,
    "asyncio": """if True:
        import asyncio
        from interprocess.local_socket.asyncio import listen, serve
        async def handle(stream):
            await stream.send_all(b"served")
            await stream.recv(1)
        async def main():
            listener = listen(sys.argv[1])
            limit()
            await serve(listener, handle)
        asyncio.run(main())
    """,
    "asyncio for": """if True:
        import asyncio
        from interprocess.local_socket.asyncio import listen
        async def handle(stream):
            with contextlib.suppress(ConnectionError):
                async with stream:
                    await stream.send_all(b"served")
                    await stream.recv(1)
        async def main():
            tasks = []
            async with listen(sys.argv[1]) as listener:
                limit()
                async for stream in listener:
                    tasks.append(asyncio.create_task(handle(stream)))
        asyncio.run(main())
    """,
    "anyio": """if True:
        import anyio
        from interprocess.local_socket.anyio import listen
        async def handle(stream):
            with contextlib.suppress(anyio.BrokenResourceError, anyio.EndOfStream):
                async with stream:
                    await stream.send(b"served")
                    await stream.receive()
        async def main():
            async with listen(sys.argv[1]) as listener:
                limit()
                await listener.serve(handle)
        anyio.run(main)
    """,
    "trio for": """if True:
        import trio
        from interprocess.local_socket.trio import listen
        async def handle(stream):
            with contextlib.suppress(ConnectionError):
                async with stream:
                    await stream.send_all(b"served")
                    await stream.recv(1)
        async def main():
            async with listen(sys.argv[1]) as listener, trio.open_nursery() as nursery:
                limit()
                async for stream in listener:
                    nursery.start_soon(handle, stream)
        trio.run(main)
    """,
}


def served(client: Stream, patience: float = PATIENCE) -> bool:
    client.set_recv_timeout(patience)
    try:
        return client.recv(6) == b"served"
    except TimeoutError:
        return False


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_goes_on(kind: str) -> None:
    name = Name.unique("limited")
    for runtime in ("anyio", "trio"):
        if runtime in kind:
            pytest.importorskip(runtime)
    with tempfile.TemporaryFile() as errors:
        with python(BEGIN + SERVERS[kind], str(name).lstrip("@"), stderr=errors) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"listening\n"
            clients = [connect(name, PATIENCE) for _ in range(8)]
            assert served(clients[0])
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            assert not served(clients[-1], 0.5)  # There is no descriptor for it.
            assert process.poll() is None
            for client in clients[:-1]:
                client.close()
            assert served(clients[-1])
            clients[-1].close()
            process.terminate()
            process.wait(PATIENCE)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert spent < 5  # No loop without a pause.
        errors.seek(0)
        lines = errors.read().decode().splitlines()
    warnings = [line for line in lines if "RuntimeWarning" in line]
    assert len(warnings) == 1, lines
    assert "Too many open files" in warnings[0]
    assert str(name) in warnings[0]
    assert not any("Traceback" in line for line in lines), lines
