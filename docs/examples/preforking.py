"""A server whose parent accepts the clients and hands each to one of its worker processes.

    python docs/examples/preforking.py NAME

A client is answered with the id of the process that serves it. What a worker does may crash it:
the parent notices when it hands over the next client, and takes another worker.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections import deque
from contextlib import suppress

from interprocess.local_socket import Stream, connect, listen, recv_object, send_object

WORKERS = 2


def work(control_name: str) -> None:
    """Serve one client after the other, until the parent has ended."""
    with connect(control_name) as control:
        while True:
            try:
                client = recv_object(control, Stream)
            except EOFError:
                return
            with client, suppress(ConnectionError):  # It may have left.
                client.send_all(b"served by process %d\n" % os.getpid())


def serve(name: str) -> None:
    """Accept clients and hand them over."""
    control_name = f"preforking-{secrets.token_hex(8)}"
    with listen(control_name) as waiting:
        for _ in range(WORKERS):
            subprocess.Popen([sys.executable, __file__, "--worker", control_name])
        workers = deque(waiting.accept(timeout=60) for _ in range(WORKERS))
    with listen(name) as listener:
        print("listening", flush=True)
        for client in listener:
            with client:
                hand_over(client, workers)


def hand_over(client: Stream, workers: deque[Stream]) -> None:
    """Hand a client to the worker whose turn it is; one that has died has no more turns."""
    while workers:
        worker = workers.popleft()
        try:
            send_object(worker, client)
        except OSError:  # On Windows it may be that the process does not exist.
            worker.close()
            continue
        workers.append(worker)
        return
    raise SystemExit("all workers have died")


if __name__ == "__main__":
    if sys.argv[1] == "--worker":
        work(sys.argv[2])
    else:
        serve(sys.argv[1])
