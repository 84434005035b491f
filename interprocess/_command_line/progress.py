"""`--progress`: show the amount and speed of transfers on standard error."""

from __future__ import annotations

import os
import threading
from time import monotonic

from interprocess._command_line.standard_streams import ERROR, say, write_all

#: The number of seconds between updates.
_INTERVAL = 0.5

#: The number of seconds over which the rate is measured.
_WINDOW = 3.0

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class Progress:
    """Counts bytes, and shows the counts: regularly on a terminal, elsewhere at the end."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._on_terminal = shown and os.isatty(ERROR)
        self._lock = threading.Lock()
        self._sent = self._received = 0
        self._began = monotonic()
        #: Pairs of a time and the total number of bytes then, for the last few seconds.
        self._history = [(self._began, 0)]
        self._over = threading.Event()
        #: The length of the line on the terminal.
        self._length = 0
        self._thread = threading.Thread(target=self._show, name="progress", daemon=True)

    def __enter__(self) -> Progress:
        if self._on_terminal:
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        if self._on_terminal:
            self._thread.join()
        if self._shown:
            with self._lock:
                self._erase()
                say(self._line(is_last=True))

    def sent(self, count: int) -> None:
        """Count bytes sent to the peer, or for `proxy` to the target."""
        with self._lock:
            self._sent += count

    def received(self, count: int) -> None:
        """Count bytes in the other direction."""
        with self._lock:
            self._received += count

    def say(self, line: str) -> None:
        """Write a line to standard error, above the progress line."""
        with self._lock:
            self._erase()
            say(line)

    def _show(self) -> None:
        while not self._over.wait(_INTERVAL):
            with self._lock:
                line = self._line(is_last=False)
                self._write(f"\r{line.ljust(self._length)}")
                self._length = len(line)

    def _erase(self) -> None:
        if self._length:
            self._write(f"\r{' ' * self._length}\r")
            self._length = 0

    def _write(self, text: str) -> None:
        try:
            write_all(ERROR, text.encode())
        except OSError:
            pass  # There is no other way to report it.

    def _line(self, *, is_last: bool) -> str:
        now, total = monotonic(), self._sent + self._received
        self._history.append((now, total))
        while len(self._history) > 2 and self._history[1][0] < now - _WINDOW:
            del self._history[0]
        since, before = (self._began, 0) if is_last else self._history[0]
        rate = (total - before) / max(now - since, 0.001)
        minutes, seconds = divmod(int(now - self._began), 60)
        hours, minutes = divmod(minutes, 60)
        return (
            f"sent {size(self._sent)}, received {size(self._received)}, "
            f"{size(rate)}/s, {hours}:{minutes:02}:{seconds:02}"
        )


def size(count: float) -> str:
    """Return a number of bytes in a readable unit."""
    for unit in _UNITS:
        if count < 1024 or unit == _UNITS[-1]:
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
