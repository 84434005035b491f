"""strace, which sees what really happens, and a trace tell of the same calls."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import PATIENCE, ROOT, unique

STRACE = shutil.which("strace")


def _can_trace() -> bool:
    if STRACE is None:
        return False
    done = subprocess.run([STRACE, "-o", os.devnull, "true"], check=False, capture_output=True)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(
    not _can_trace() or sys.implementation.name != "cpython",
    reason="needs strace, the right to use it, and CPython, whose other calls are known",
)

#: What Python does by itself, at any moment; and the loop's own of asyncio.
NOISE = (
    *("brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "futex", "clone", "clone3"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "set_robust_list", "rseq", "exit"),
    *(
        "gettid",
        "getpid",
        "sleep",
        "clock_nanosleep",
        "clock_gettime",
        "restart_syscall",
        "sched_yield",
    ),
    *("epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "prctl", "sigaltstack"),
    *("wait4", "vfork", "getrandom", "urandom"),
)

#: The system call that a function makes, where that has another name.
SYSTEM_CALLS = {
    "chmod": "fchmodat",
    "get_blocking": "fcntl",
    "get_inheritable": "fcntl",
    "lstat": "newfstatat",
    "open": "openat",
    "pipe": "pipe2",
    "recv": "recvfrom",
    "send": "sendto",
    "exists": "newfstatat",
    "isdir": "newfstatat",
    "islink": "newfstatat",
    "lexists": "newfstatat",
    "set_blocking": "ioctl",
    "set_inheritable": "ioctl",
    "stat": "newfstatat",
    "fstat": "newfstatat",
    "mkfifo": "mknodat",
}
#: Other names of the same, by processor and by the version of the C library.
SAME = {
    "accept": "accept4",
    "access": "faccessat2",
    "chmod": "fchmodat",
    "fchmodat2": "fchmodat",
    "fstat": "newfstatat",
    "lstat": "newfstatat",
    "mkdirat": "mkdir",
    "mknod": "mknodat",
    "pipe": "pipe2",
    "ppoll": "poll",
    "recv": "recvfrom",
    "renameat": "rename",
    "send": "sendto",
    "stat": "newfstatat",
    "unlinkat": "unlink",
}

#: Runs a program twice, since the first time it imports what it needs: between two marks, which
#: strace sees, is what the program's own trace has to tell.
RUN = """
import json, os, sys, threading, interprocess
from interprocess.trace import trace

threads = {}

def note_thread():
    threads[threading.get_ident()] = threading.get_native_id()

note_thread()
program = compile(sys.argv[1], "program", "exec")
for times, mark in enumerate((lambda: None, lambda: os.access("/mark", 0))):
    name, path = f"{sys.argv[3]}-{times}", os.path.join(sys.argv[4], f"file-{times}")
    exec(program)
with open(sys.argv[2], "w") as file:
    json.dump([threads, [call.as_dict() for call in calls]], file)
"""

PROGRAMS = {
    "a connection of two threads": """
def serve():
    note_thread()
    with listener.accept() as stream:
        while data := stream.recv(100):
            stream.send_all(data)
with trace() as calls:
    mark()
    listener = interprocess.listen(name)
    thread = threading.Thread(target=serve)
    thread.start()
    with interprocess.connect(name) as stream:
        for data in (b"one", b"two" * 100):
            stream.send_all(data)
            stream.recv_exactly(len(data))
        stream.shutdown(1)
        assert stream.recv(1) == b""
    thread.join()
    listener.close()
    mark()
""",
    "a socket file": """
with trace() as calls:
    mark()
    with interprocess.listen(path) as listener:
        with interprocess.connect(path) as client, listener.accept() as server:
            client.send_vectored([b"a", b"b" * 200])
            server.recv_vectored([bytearray(2), bytearray(300)])
            server.send(b"x")
            client.recv_into(bytearray(10))
    mark()
""",
    "a FIFO file": """
from interprocess.os.unix import fifo_file
with trace() as calls:
    mark()
    fifo_file.create_fifo(path)
    receiver = fifo_file.open_recver(path, nonblocking=True)
    sender = fifo_file.open_sender(path)
    sender.send_all(b"hello")
    receiver.recv(100)
    sender.close()
    assert receiver.recv(100) == b""
    receiver.close()
    mark()
""",
    "an unnamed pipe": """
with trace() as calls:
    mark()
    sender, receiver = interprocess.pipe()
    sender.send_all(b"hello")
    sender.send_vectored([b"a", b"b"])
    receiver.recv(100)
    sender.close()
    assert receiver.recv(100) == b""
    receiver.close()
    mark()
""",
    "descriptors handed over": """
from interprocess.local_socket import recv_object, send_object
with trace() as calls:
    mark()
    one, two = interprocess.pair()
    sender, receiver = interprocess.pipe()
    one.send_fds(b"x", [sys.stdout])
    data, numbers = two.recv_fds(10, 3)
    mark()
    os.close(numbers[0])
    mark()
    send_object(one, sender)
    there = recv_object(two)
    there.send_all(b"y")
    receiver.recv(1)
    for each in (one, two, sender, receiver, there):
        each.close()
    mark()
""",
    "timeouts, clones and errors": """
with trace() as calls:
    mark()
    one, two = interprocess.pair()
    for timeout in (0, 0.01):
        one.set_recv_timeout(timeout)
        try:
            one.recv(10)
        except OSError:
            pass
    one.set_recv_timeout(None)
    clone = two.try_clone()
    clone.send_all(b"1")
    one.recv(1)
    clone.close()
    two.close()
    assert one.recv(1) == b""
    try:
        one.send_all(b"2")
    except BrokenPipeError:
        pass
    one.close()
    try:
        interprocess.connect(name)
    except OSError:
        pass
    try:
        interprocess.connect(path)
    except OSError:
        pass
    mark()
""",
    "streams from before": """
one, two = interprocess.pair()
one.send_all(b"1")
two.recv(1)
with trace() as calls:
    mark()
    one.send_all(b"2")
    two.recv(1)
    mark()
""",
    "nested traces": """
with trace() as calls:
    mark()
    one, two = interprocess.pair()
    with trace() as others:
        one.send_all(b"1")
    two.recv(1)
    one.close()
    two.close()
    mark()
assert [call.function for call in others] == ["getsockname", "send"], str(others)
""",
    "asyncio": """
import asyncio
from interprocess.local_socket import asyncio as local_socket
async def serve(listener):
    async with await listener.accept() as stream:
        while data := await stream.recv(100):
            await stream.send_all(data)
async def main():
    global calls
    with trace() as calls:
        mark()
        async with local_socket.listen(name) as listener:
            task = asyncio.ensure_future(serve(listener))
            async with await local_socket.connect(name) as stream:
                for data in (b"one", b"two" * 1000):
                    await stream.send_all(data)
                    await stream.recv_exactly(len(data))
                await stream.send_vectored([b"a", b"b"])
                await stream.recv_exactly(2)
            await task
        mark()
asyncio.run(main())
""",
    "asyncio and pipes": """
import asyncio
from interprocess.unnamed_pipe import asyncio as unnamed_pipe
async def main():
    global calls
    with trace() as calls:
        mark()
        sender, receiver = unnamed_pipe.pipe()
        task = asyncio.ensure_future(receiver.recv(10))
        await asyncio.sleep(0)
        await sender.send_all(b"hello")
        await task
        sender.close()
        assert await receiver.recv(10) == b""
        receiver.close()
        mark()
asyncio.run(main())
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_strace_agrees(program: str, tmp_path: Path) -> None:
    judged, told = traced_by_both(PROGRAMS[program], tmp_path)
    assert told
    assert judged == told


def traced_by_both(program: str, directory: Path) -> tuple[Any, Any]:
    """Return what strace says of each thread of a program, and what its own trace says."""
    log, own = directory / "strace", directory / "trace"
    assert STRACE is not None
    command = [STRACE, "-f", "-s", "16", "-o", str(log), sys.executable, "-c", RUN, program]
    subprocess.run(
        [*command, str(own), unique("trace"), str(directory)],
        check=True,
        timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    threads, calls = json.loads(own.read_text())
    told: dict[int, list[Any]] = {}
    for call in calls:
        if call["function"] not in NOISE:
            told.setdefault(threads[str(call["thread"])], []).append(_told(call))
    judged: dict[int, list[Any]] = {}
    for thread, call in _between_marks(log):
        if call[0] not in NOISE:
            judged.setdefault(thread, []).append(call)
    return judged, told


def _told(call: dict[str, Any]) -> tuple[str, int | None, object]:
    """Return the system call, its descriptor and its result or error, as a trace tells of them."""
    name = SYSTEM_CALLS.get(call["function"], call["function"])
    descriptor = call["arguments"].get("fd")
    if call["function"] in ("exists", "isdir", "islink", "lexists"):
        return name, None, None if call["result"] == "True" else "ENOENT"
    if call["error"] is not None:
        return name, descriptor, call["error"]
    is_number = type(call["result"]) is int
    return name, descriptor, call["result"] if is_number and name not in UNTOLD else None


#: Of these one side has more to tell than a number.
UNTOLD = ("fcntl", "ioctl", "newfstatat", "pipe2", "listdir")

_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|\?|0x[0-9a-f]+)(?: (E\w+))?")
_BEGUN = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>")
_ENDED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")


def _between_marks(log: Path) -> Iterator[tuple[int, tuple[str, int | None, object]]]:
    """Find the system calls between two marks in what strace has written, as they began."""
    lines: list[str] = []
    begun: dict[str, int] = {}
    for line in log.read_text(errors="replace").splitlines():
        if match := _BEGUN.fullmatch(line):
            begun[match[1]] = len(lines)
            lines.append(f"{match[1]} {match[2]}")
        elif match := _ENDED.fullmatch(line):
            lines[begun.pop(match[1])] += match[2]
        else:
            lines.append(line)
    is_between = False
    for line in lines:
        if '"/mark"' in line:
            is_between = not is_between
        elif is_between and (match := _LINE.match(line)):
            thread, name, arguments, result, error = match.groups()
            name = SAME.get(name, name)
            first = arguments.partition(",")[0]
            descriptor = int(first) if first.isdigit() and name not in WITHOUT_DESCRIPTOR else None
            number = None if name in UNTOLD else int(result, 0) if result != "?" else None
            yield int(thread), (name, descriptor, error or number)


#: Whose first argument is a number, but no descriptor; or it is one under another name.
WITHOUT_DESCRIPTOR = ("socket", "fchmodat", "mknodat", "mkdir", "unlink")
