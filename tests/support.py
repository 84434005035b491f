"""Helpers for all tests: second processes, threads, unique names, counts of open descriptors."""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

from interprocess.local_socket import Name, to_fs_name

Result = TypeVar("Result")

#: Long enough for a slow machine, and far below the watchdog that ends the whole run.
PATIENCE = 30.0
#: A test that takes longer than this hangs.
WATCHDOG = 120.0

#: Whether this process is one of a system that `tests/kernels` imitates.
IMITATED = "INTERPROCESS_IMITATED_KERNEL" in os.environ

ROOT = Path(__file__).resolve().parent.parent

_numbers = itertools.count()


def repetitions(count: int) -> int:
    """Return how often to do what shows its mistakes by chance: COUNT times, or a tenth of that.

    An imitated kernel is slow, and one of ten.
    """
    return max(1, count // 10) if IMITATED else count


def unique(prefix: str = "test") -> str:
    """Return a string that no other test and no other run uses."""
    return f"{prefix}-{os.getpid()}-{next(_numbers)}"


def unique_name(kind: str) -> Name:
    """Return a fresh local socket name of a KIND: "path" or "namespaced"."""
    if kind == "namespaced":
        return Name.unique("interprocess-test")
    if sys.platform == "win32":
        return to_fs_name(rf"\\.\pipe\{unique('interprocess-test')}")
    return to_fs_name(os.path.join(socket_directory(), unique("s")))


def socket_directory() -> str:
    """Return a directory for socket files, whose path is short enough for any of them."""
    if not _directories:
        _directories.append(tempfile.TemporaryDirectory(prefix="ip-"))
    return _directories[0].name


#: The one directory, once it is needed.
_directories: list[tempfile.TemporaryDirectory[str]] = []


class Running(Generic[Result]):
    """A function that runs in a thread; `result()` returns or raises what it did."""

    def __init__(self, function: Callable[[], Result]) -> None:
        self._function = function
        self._result: list[Result] = []
        self._error: BaseException | None = None
        self.started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self.started.wait(PATIENCE)

    def _run(self) -> None:
        self.started.set()
        try:
            self._result.append(self._function())
        except BaseException as error:
            self._error = error

    def result(self) -> Result:
        """Wait for the function, and return or raise what it did."""
        self.join()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._result[0]

    def has_ended(self) -> bool:
        """Return whether the function has ended."""
        return not self._thread.is_alive()

    def join(self) -> None:
        """Wait until the function has ended."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the thread hangs"

    def is_waiting(self) -> bool:
        """Return `True` as soon as it waits in a system call, and `False` if it ends before."""
        deadline = time.monotonic() + PATIENCE
        before = None
        while self._thread.is_alive() and time.monotonic() < deadline:
            where = _wait_of(self._thread)
            # A call that is seen twice is no longer about to return.
            if where is not None and where == before:
                return True
            before = where
            self._thread.join(0.005)
        return False


def _wait_of(thread: threading.Thread) -> object:
    """Return the system call in which a thread waits, with its arguments, or `None` if it runs.

    Waiting for one of Python's locks, such as the GIL, does not count.
    """
    try:
        with open(f"/proc/self/task/{thread.native_id}/syscall", encoding="ascii") as file:
            call = file.read()
    except OSError:
        return _call_of_ours(thread)
    number = call.partition(" ")[0]
    return call if number.isdigit() and number != _number_of_locks() else None


@functools.cache
def _number_of_locks() -> str:
    """Return the number of the system call in which a thread waits for a lock."""
    lock = threading.Lock()
    with lock:
        thread = threading.Thread(target=lock.acquire, daemon=True)
        thread.start()
        number = ""
        while not number.isdigit():
            time.sleep(0.005)
            with open(f"/proc/self/task/{thread.native_id}/syscall", encoding="ascii") as file:
                number = file.read().partition(" ")[0]
    thread.join()
    return number


def _call_of_ours(thread: threading.Thread) -> object:
    """Return the place in the package where a thread calls C; `None` if it is elsewhere.

    What there is where the system does not say what a thread does.
    """
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None or not frame.f_globals.get("__name__", "").startswith("interprocess."):
        return None
    return frame.f_code, frame.f_lasti


def eventually(condition: Callable[[], object]) -> bool:
    """Return `True` as soon as CONDITION is true, and `False` if that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


class CallsInProgress(list[Any]):
    """Stands in for the calls that other threads have in progress on a descriptor or handle.

    The second check runs an action, then LEFT is the result of the check. This simulates a thread
    that acts between two checks.
    """

    def __init__(self, happens: Callable[[], object], *, left: bool) -> None:
        super().__init__()
        self._looks: list[Callable[[], object]] = [happens, lambda: None]
        self._left = left

    def __contains__(self, use: object) -> bool:
        if not self._looks:
            return super().__contains__(use)
        return self._look()

    def __bool__(self) -> bool:
        if not self._looks:
            return len(self) > 0
        return self._look()

    def _look(self) -> bool:
        self._looks.pop()()
        return self._left and not self._looks


@contextlib.contextmanager
def python(code: str, *arguments: str, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run CODE in a second Python process, and see that it ends with the context.

    Its standard output and input are pipes; it finds the package where this process does.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        **{  # type: ignore[call-overload]  # options go through
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "env": environment,
            **options,
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[bytes]) -> str:
    """Wait for a process to end well, and return what it printed."""
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, (process.returncode, output)
    return output.decode()


def raw_handle(owner: Any) -> int:
    """Return the descriptor or handle that a stream, a listener or an end of a pipe has."""
    return int(owner.handle if sys.platform == "win32" else owner.fileno())


def close_raw_handle(number: int) -> None:
    """Close what `detach()` returned."""
    if sys.platform == "win32":
        from interprocess.os.windows._calls import close_handle

        close_handle(number)
    else:
        os.close(number)


#: How long a thread may take to end after it was joined, in seconds. On Windows it has handles
#: until then; no descriptor goes with a thread.
THREADS_LINGER = PATIENCE if sys.platform == "win32" else 0.0


def open_handles() -> int:
    """Return how many descriptors or handles this process has open."""
    gc.collect()
    if sys.platform == "win32":
        return _windows_handles()
    directory = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    return len(os.listdir(directory))


def _windows_handles() -> int:
    import ctypes

    from interprocess.os.windows._handle import operation
    from interprocess.os.windows._pipe import limbo

    limbo.wait_for_all(PATIENCE)  # Those are closed without us.
    kernel32: Any = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]  # Windows only
    # Python's locks are semaphores, which come and go with threads and garbage. We use none.
    semaphore = kernel32.CreateSemaphoreW(None, 0, 1, None)
    handles = _handle_types()
    uncounted = handles[semaphore]
    kernel32.CloseHandle(semaphore)
    return sum(kind != uncounted for kind in handles.values()) - operation.idle_count()


def _handle_types() -> dict[int, int]:
    """Return the type of every handle of this process, from the list of all processes' handles.

    Windows has a function that counts them, but Wine's returns 0.
    """
    import ctypes

    extended_handle_information, length_mismatch = 64, 0xC0000004
    ntdll: Any = ctypes.windll.ntdll  # type: ignore[attr-defined, unused-ignore]  # Windows only
    size = 1 << 16
    while True:
        buffer = ctypes.create_string_buffer(size)
        status = ntdll.NtQuerySystemInformation(extended_handle_information, buffer, size, None)
        if status & 0xFFFFFFFF != length_mismatch:
            break
        size *= 2
    assert not status, f"NtQuerySystemInformation: status {status & 0xFFFFFFFF:#x}"
    # SYSTEM_HANDLE_INFORMATION_EX: two numbers, the count the first, then five for each handle:
    # the object, the process, the handle, the rights and in the highest bits the type, attributes.
    numbers = memoryview(buffer).cast("B").cast("P")
    ours = os.getpid()
    entries = range(2, 2 + 5 * numbers[0], 5)
    return {numbers[i + 2]: numbers[i + 3] >> 48 for i in entries if numbers[i + 1] == ours}


def left_in_socket_directory() -> list[str]:
    """Return the socket files that are there."""
    return os.listdir(_directories[0].name) if _directories else []
