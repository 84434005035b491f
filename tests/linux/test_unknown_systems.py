"""Systems of which nothing is known but that they are like Unix: Linux under another name.

Python's modules lack there what POSIX does not promise, and some of what it does.
"""

from __future__ import annotations

import pytest

from tests.support import finish, python, socket_directory

_BECOME = """
import _cffi_backend, _socket, fcntl, os, posix, select, socket, sys
import asyncio, random, signal, ssl, subprocess, tempfile, threading
sys.platform, directory = sys.argv[1:]
for module in (_socket, socket, os, posix, fcntl, select):
    for name in (
        *("SOCK_CLOEXEC", "SOCK_NONBLOCK", "MSG_DONTWAIT", "MSG_NOSIGNAL", "MSG_CMSG_CLOEXEC"),
        *("SO_PEERCRED", "O_PATH", "F_DUPFD_CLOEXEC", "F_SETPIPE_SZ", "F_GETPIPE_SZ", "pipe2"),
        *("accept4", "eventfd", "pidfd_open", "sched_getaffinity", "sched_yield"),
    ):
        if hasattr(module, name):
            delattr(module, name)
"""

_USE = """
import interprocess.local_socket.asyncio
from interprocess import capabilities
from interprocess.errors import UnsupportedError
from interprocess.local_socket import Listener, Stream, connect, listen, pair
from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender
from interprocess.unnamed_pipe import pipe

def times_out(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except TimeoutError:
        return
    raise AssertionError(call)

def is_woken(stream, call, *arguments):
    errors = []
    def run():
        try:
            call(*arguments)
        except ValueError as error:
            errors.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    while not stream._descriptor.uses:
        pass
    stream.close()
    thread.join()
    assert errors

path = directory + "/socket"
with listen(path) as listener:
    times_out(listener.accept, timeout=0.01)
    with connect(path, timeout=5) as client, listener.accept() as stream:
        assert os.get_blocking(client.fileno()) and os.get_blocking(stream.fileno())
        client.send_all(b"x")
        assert stream.recv(1) == b"x"
        stream.set_recv_timeout(0.01)
        times_out(stream.recv, 1)
        client.set_send_timeout(0.01)
        times_out(client.send_all, bytes(10_000_000))
        try:
            stream.peer_creds()
        except UnsupportedError:
            pass
    client = connect(path)
    client.send_all(b"and gone")
    client.close()
    with Stream(listener.accept().detach()) as stream:
        assert stream.recv_exactly(8) == b"and gone" and stream.recv(1) == b""
        stream.shutdown()
    listener = Listener(listener.detach())
    listener.close()
os.unlink(path)

for call in ("recv", "send_all"):
    one, other = pair()
    with one, other, one.try_clone() as clone:
        assert not os.get_inheritable(clone.fileno())
        is_woken(clone, getattr(clone, call), 1 if call == "recv" else bytes(10_000_000))

with socket.socket(socket.AF_UNIX) as full:
    full.bind(path)
    full.listen(0)
    clients = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    try:
        for client in clients:
            client.setblocking(False)
            client.connect(path)
    except BlockingIOError:
        pass
    for timeout in (0.05, 0):
        times_out(connect, path, timeout=timeout)
    for client in clients:
        client.close()
with listen(path, try_overwrite="if_dead"), connect(path):
    pass

fifo = directory + "/fifo"
create_fifo(fifo)
times_out(open_recver, fifo, timeout=0.01)
times_out(open_sender, fifo, timeout=0.01)
with open_recver(fifo, nonblocking=True) as recver, open_sender(fifo) as sender:
    sender.send_all(b"x")
    assert recver.recv(1) == b"x"
os.unlink(fifo)

sender, recver = pipe()
with sender, recver:
    sender.send_all(b"x")
    assert recver.recv(1) == b"x"
    recver.set_timeout(0.01)
    times_out(recver.recv, 1)

async def main():
    async with interprocess.local_socket.asyncio.listen(path) as listener:
        async with await interprocess.local_socket.asyncio.connect(path) as client:
            async with await listener.accept() as stream:
                await client.send_all(b"x")
                assert await stream.recv(1) == b"x"

asyncio.run(main())
assert not any(capabilities.available(name) for name in ("linux", "abstract_ns_ud_socket"))
print(os.listdir(directory))
"""


@pytest.mark.parametrize("platform", ["sunos5", "cygwin", "hp-ux11", "unheardof1"])
def test_everything_works_or_says_that_it_does_not(platform: str) -> None:
    with python(_BECOME + _USE, platform, socket_directory()) as process:
        assert finish(process) == "[]\n"
