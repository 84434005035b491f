"""Helpers for tests of named pipes: fresh paths, connected pairs, an interrupt after a while."""

from __future__ import annotations

import _thread
import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from interprocess.os.windows.named_pipe import (
    ConnectWaitMode,
    PipeListenerOptions,
    PipeMode,
    PipeStream,
)
from tests.support import PATIENCE, unique

BYTES, MESSAGES = PipeMode.BYTES, PipeMode.MESSAGES
PATIENTLY = ConnectWaitMode.timeout(PATIENCE)


def unique_path() -> str:
    """Return a path that no other test and no other run uses."""
    return rf"\\.\pipe\{unique('interprocess-test')}"


def made(create: Callable[..., None], *arguments: object, **options: object) -> int:
    """Return the handle that CREATE puts into the list which it gets as its last argument."""
    owned: list[int] = []
    create(*arguments, owned, **options)
    return owned[0]


@contextlib.contextmanager
def connected(
    recv_mode: PipeMode | None = BYTES,
    send_mode: PipeMode | None = BYTES,
    **options: object,
) -> Iterator[tuple[PipeStream, PipeStream]]:
    """Return a server's stream, in the given modes, and its client's, which go with it."""
    path = unique_path()
    mode = MESSAGES if MESSAGES in (recv_mode, send_mode) else BYTES
    listener_options = PipeListenerOptions(path, mode=mode, **options)  # type: ignore[arg-type]
    with listener_options.create(recv_mode, send_mode) as listener:
        client = PipeStream.connect_by_path(path, recv_mode=send_mode, send_mode=recv_mode)
        with client, listener.accept(PATIENCE) as server:
            yield server, client


@contextlib.contextmanager
def interrupt_after(seconds: float) -> Iterator[None]:
    """Interrupt the main thread, as Ctrl-C does, and see that it does not take long to notice."""
    moments: list[float] = []

    def interrupt() -> None:
        moments.append(time.monotonic())
        _thread.interrupt_main()

    timer = threading.Timer(seconds, interrupt)
    timer.start()
    try:
        yield
    except KeyboardInterrupt:
        # A tenth of a second on a machine that has nothing else to do.
        assert time.monotonic() - moments[0] < 5
    else:
        raise AssertionError("the call ended before it was interrupted")
    finally:
        timer.join()
