"""poll(2) where FIFO files are looked at otherwise than on Linux."""

from __future__ import annotations

import fcntl
import os
import stat
import termios
import time
from typing import Any

from tests.kernels.kernel import Behaviour, Kernel

_POLLIN, _POLLOUT, _POLLHUP = 0x1, 0x4, 0x10
_F_GETPIPE_SZ = 1032
#: How often what no system call waits for is looked at, in seconds.
_INTERVAL = 0.002

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
    """Do what poll(2) does on KERNEL."""
    counts = kernel.has(Behaviour.FIFO_FILES_COUNT_BYTES)
    ended = kernel.has(Behaviour.FIFO_ENDED_BEFORE_FIRST_SENDER)
    fifos = [i for i in range(count) if is_fifo_file(entries[i].fd)] if counts or ended else []
    if not fifos:
        return int(native.poll(entries, count, milliseconds))
    end = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000
    while True:
        ready = native.poll(entries, count, 0)
        if ready < 0:
            return int(ready)
        for index in fifos:
            entry = entries[index]
            entry.revents = _counted(entry) if counts else _ended(entry)
        ready = sum(1 for i in range(count) if entries[i].revents)
        if ready or (end is not None and time.monotonic() >= end):
            return ready
        # The kernel is told to wait in small pieces, so that signals interrupt it as they should.
        entry = ffi.new("struct pollfd *", {"fd": -1})
        if native.poll(entry, 1, max(1, int(_INTERVAL * 1000))) < 0:
            return -1


def _counted(entry: Any) -> int:
    held = _bytes_in(entry.fd)
    events = 0
    if entry.events & _POLLIN and held:
        events |= _POLLIN
    if entry.events & _POLLOUT and held < fcntl.fcntl(entry.fd, _F_GETPIPE_SZ):
        events |= _POLLOUT
    return events


def _ended(entry: Any) -> int:
    if entry.events & _POLLIN and not entry.revents and not _bytes_in(entry.fd):
        try:
            if os.get_blocking(entry.fd) or os.read(entry.fd, 1):
                return 0
        except BlockingIOError:
            return 0
        return _POLLHUP  # Nobody has it open for sending.
    return int(entry.revents)


def _bytes_in(fd: int) -> int:
    return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), "little")
