"""End a command on a signal, whenever the signal arrives."""

from __future__ import annotations

import os
import signal
import sys
import threading
from time import sleep

#: The pauses, in seconds, before each interruption of the main thread after a signal.
_MOMENTS = (0.02, 0.05, 0.1, 0.5, 1.0)


def end_on_signals() -> None:
    """Run the cleanup of the program when a signal ends it."""
    for number in ending_signals():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end_at_once)
    if sys.platform != "win32":
        _interrupt_waits()


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end a program, except Ctrl-C, which raises `KeyboardInterrupt`."""
    if sys.platform == "win32":
        return [signal.SIGTERM]
    return [signal.SIGTERM, signal.SIGHUP]


def end_at_once(number: int, frame: object) -> None:  # noqa: ARG001  # the signature of a handler
    """Run the cleanup and end the program; its exit status shows the signal."""
    for other in ending_signals():
        signal.signal(other, signal.SIG_IGN)  # Do not interrupt the cleanup.
    raise SystemExit(128 + number)


if sys.platform != "win32":
    #: A signal that only interrupts system calls. The system sends it just for out-of-band data,
    #: which we never use.
    _NUDGE = signal.SIGURG

    def _interrupt_waits() -> None:
        """Ensure that a waiting system call of the main thread does not delay a signal handler.

        Python runs handlers between its instructions. If a signal arrives after the last
        instruction before a system call, but before the system has entered the call, Python handles
        it only when the call returns, which may be never. So a thread is notified of each signal
        and interrupts the current call of the main thread. On Windows, no call waits for long.
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
