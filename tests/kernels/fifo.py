"""poll(2) and event loops' waiting where FIFO files are looked at otherwise than on Linux."""

from __future__ import annotations

import fcntl
import os
import select
import stat
import termios
import time
from typing import Any

from tests.kernels.kernel import Behaviour, Kernel

_POLLIN, _POLLOUT, _POLLHUP = 0x1, 0x4, 0x10
_F_GETPIPE_SZ, _ONE_SHOT = 1032, 1 << 30
#: How often what no system call waits for is looked at, in seconds.
_INTERVAL = 0.002

_epoll = select.epoll
_read_end, _write_end = os.pipe()
#: Unnamed pipes are all on one file system of the kernel's own, and FIFO files are not on it.
_UNNAMED = os.fstat(_read_end).st_dev
os.close(_read_end)
os.close(_write_end)


def is_fifo_file(fd: int) -> bool:
    """Whether a descriptor is an end of a FIFO file, and not of an unnamed pipe."""
    try:
        status = os.fstat(fd)
    except OSError:
        return False
    return stat.S_ISFIFO(status.st_mode) and status.st_dev != _UNNAMED


def poll(native: Any, ffi: Any, kernel: Kernel, entries: Any, count: int, milliseconds: int) -> int:
    """Do what poll(2) does on KERNEL; NATIVE is that of Linux."""
    counts = kernel.has(Behaviour.FIFO_FILES_COUNT_BYTES)
    ended = kernel.has(Behaviour.FIFO_ENDED_BEFORE_FIRST_SENDER)
    fifos = [i for i in range(count) if is_fifo_file(entries[i].fd)] if counts or ended else []
    if not fifos:
        return int(native(entries, count, milliseconds))
    end = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000
    while True:
        ready = native(entries, count, 0)
        if ready < 0:
            return int(ready)
        for index in fifos:
            entry = entries[index]
            entry.revents = _counted(entry.fd, entry.events) if counts else _ended(entry)
        ready = sum(1 for i in range(count) if entries[i].revents)
        if ready or (end is not None and time.monotonic() >= end):
            return ready
        # Wait in short steps, so that signals interrupt the call as they should.
        entry = ffi.new("struct pollfd *", {"fd": -1})
        if native(entry, 1, max(1, int(_INTERVAL * 1000))) < 0:
            return -1


def _counted(fd: int, wanted: int) -> int:
    held = _bytes_in(fd)
    events = 0
    if wanted & _POLLIN and held:
        events |= _POLLIN
    if wanted & _POLLOUT and held < fcntl.fcntl(fd, _F_GETPIPE_SZ):
        events |= _POLLOUT
    return events


def _ended(entry: Any) -> int:
    if entry.events & _POLLIN and not entry.revents and not _bytes_in(entry.fd):
        try:
            if os.get_blocking(entry.fd) or os.read(entry.fd, 1):
                return 0
        except BlockingIOError:
            return 0
        return _POLLHUP  # No process has it open for sending.
    return int(entry.revents)


def _bytes_in(fd: int) -> int:
    return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), "little")


class Epoll:
    """Stands in for `select.epoll`: what event loops wait with there counts bytes of FIFO files.

    Whatever it is called on the other system; the numbers of the events are those of poll(2).
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._real = _epoll(*arguments, **options)
        self._fifos: dict[int, int] = {}

    def register(self, fd: Any, events: int) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        if not is_fifo_file(number):
            self._real.register(fd, events)
        elif number in self._fifos:
            raise FileExistsError(number)
        else:
            self._fifos[number] = events

    def modify(self, fd: Any, events: int) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        if number in self._fifos:
            self._fifos[number] = events
        else:
            self._real.modify(fd, events)

    def unregister(self, fd: Any) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        if self._fifos.pop(number, None) is None:
            self._real.unregister(fd)

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        if not self._fifos:
            return self._real.poll(timeout, maxevents)
        end = None if timeout is None or timeout < 0 else time.monotonic() + timeout
        while True:
            left = _INTERVAL if end is None else max(0.0, end - time.monotonic())
            ready = self._ready_fifos() + self._real.poll(0, maxevents)
            if ready or not left:
                return ready
            ready = self._real.poll(min(left, _INTERVAL), maxevents)
            if ready:
                return ready

    def _ready_fifos(self) -> list[tuple[int, int]]:
        ready = []
        for number, wanted in self._fifos.items():
            try:
                events = _counted(number, wanted)
            except OSError:
                continue
            if events:
                ready.append((number, events))
                if wanted & _ONE_SHOT:
                    self._fifos[number] = 0
        return ready

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
