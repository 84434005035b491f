"""Forked children that report their errors and end in time."""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import time
import traceback
from collections.abc import Callable

#: How many seconds a child may take.
LIFE = 15.0


class Child:
    """A function that runs in a child of fork(2), which then ends without cleaning up."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._said, saying = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _run(function, saying)
        os.close(saying)

    def kill(self) -> None:
        """End it at once; SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self, *, killed: bool = False) -> None:
        """Wait for its end; raise `AssertionError` if it failed."""
        said = b""
        deadline = time.monotonic() + LIFE + 5
        try:
            while select.select([self._said], [], [], max(0.0, deadline - time.monotonic()))[0]:
                data = os.read(self._said, 10_000)
                if not data:
                    break
                said += data
            else:
                self.kill()
        finally:
            os.close(self._said)
            _, status = os.waitpid(self.pid, 0)
        if killed and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return
        assert status == 0, f"the child ended with status {status:#x}: {said.decode()}"


def _run(function: Callable[[], object], saying: int) -> None:
    status = 1
    try:
        # Not by SIGALRM, which functions may use.
        faulthandler.dump_traceback_later(LIFE, exit=True, file=saying)
        function()
        status = 0
    except BaseException:
        os.write(saying, traceback.format_exc().encode()[-2000:])
    finally:
        os._exit(status)


def working_time_in(function: Callable[[], object]) -> float:
    """Return the seconds of processor time that this process uses while a function runs."""
    began = time.process_time()
    function()
    return time.process_time() - began
