"""How the commands end on a signal, at whatever moment it comes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from time import sleep

#: After how many seconds to interrupt the main thread, again and again, once a signal has come.
_MOMENTS = (0.02, 0.05, 0.1, 0.5, 1.0)


def end_on_signals() -> None:
    """Have the signals that end a program run what is to be done at its end."""
    for number in ending_signals():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end_at_once)
    if sys.platform != "win32":
        _interrupt_waits()


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end a program, but for Ctrl-C, which Python makes an exception of."""
    if sys.platform == "win32":
        return [signal.SIGTERM]
    return [signal.SIGTERM, signal.SIGHUP]


def end_at_once(number: int, frame: object) -> None:  # noqa: ARG001  # what a handler is given
    """End the program, as its exit status says, after what is to be done at its end."""
    for other in ending_signals():
        signal.signal(other, signal.SIG_IGN)  # Nothing interrupts the end.
    raise SystemExit(128 + number)


if sys.platform != "win32":
    #: What interrupts a system call and does nothing else. Nobody sends it but the system, for data
    #: out of band, of which there is none.
    _NUDGE = signal.SIGURG

    def _interrupt_waits() -> None:
        """Have no signal wait for what the main thread waits for.

        Python runs a handler between two of its instructions. A signal that comes after the last
        one before a system call, and before the system is in that call, would be dealt with when
        the call returns, which may be never. So a thread learns of each signal, and interrupts
        whatever call the main thread is in by then. On Windows, no call waits for long.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        receiver, sender = os.pipe()
        os.set_blocking(sender, False)
        signal.signal(_NUDGE, lambda *_: None)
        signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
        threading.Thread(target=_watch, args=(receiver,), name="signals", daemon=True).start()

    def _watch(receiver: int) -> None:
        main = threading.main_thread().ident
        assert main is not None
        while numbers := os.read(receiver, 100):
            if any(number != _NUDGE for number in numbers):
                for pause in _MOMENTS:
                    sleep(pause)
                    signal.pthread_kill(main, _NUDGE)
