"""`--progress`: how much was transferred, and how fast, on standard error."""

from __future__ import annotations

import os
import threading
from time import monotonic

from interprocess._command_line.standard_streams import ERROR, say, write_all

#: How many seconds pass between two looks.
_INTERVAL = 0.5

#: Over how many seconds the rate is taken.
_WINDOW = 3.0

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class Progress:
    """Counts bytes, and shows the counts on a terminal while time passes, elsewhere at the end."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._on_terminal = shown and os.isatty(ERROR)
        self._lock = threading.Lock()
        self._sent = self._received = 0
        self._began = monotonic()
        #: When there were how many bytes in all; the last few seconds.
        self._history = [(self._began, 0)]
        self._over = threading.Event()
        #: How long the line is that stands on the terminal.
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
        """Note bytes on their way from us, or from the client, to the other."""
        with self._lock:
            self._sent += count

    def received(self, count: int) -> None:
        """Note bytes on the way back."""
        with self._lock:
            self._received += count

    def say(self, line: str) -> None:
        """Write a line to standard error, above what is shown."""
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
            pass  # Nobody can be told.

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
    """Return a number of bytes as people read it."""
    for unit in _UNITS:
        if count < 1024 or unit == _UNITS[-1]:
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
