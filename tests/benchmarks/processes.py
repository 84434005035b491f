"""Start, place and watch the processes of a measurement, and read their results.

A worker is a fresh Python that calls one function, `function(arguments, tell)`. It prints lines of
JSON: the values passed to `tell`, and at the end the result or the error.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.model import NotMeasuredError, WrongBytesError
from tests.benchmarks.placement import place

ROOT = Path(__file__).resolve().parent.parent.parent
#: Seconds that one worker may take for one turn.
PATIENCE = 120.0

Tell = Callable[[Any], None]
Cores = Sequence[int]

ERRORS: dict[str, type[Exception]] = {
    "missing": NotMeasuredError,
    "wrong": WrongBytesError,
    "failed": NotMeasuredError,
}


class Worker:
    """A process that calls FUNCTION, given as "module:name", on some of the cores."""

    def __init__(self, function: str, arguments: Mapping[str, Any], cores: Cores) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.processes"]
        request = json.dumps({"function": function, "arguments": arguments, "cores": list(cores)})
        self._process = subprocess.Popen(
            [*command, request],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(),
            text=True,
        )
        self._watchdog = threading.Timer(PATIENCE, self._process.kill)
        self._watchdog.start()

    def hear(self) -> Any:
        """Return the worker's next value, or raise the worker's error."""
        assert self._process.stdout is not None
        noise = []
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict) and "told" in message:
                    return message["told"]
                raise ERRORS[message["kind"]](message["error"])
            noise.append(line)
        self._process.wait()
        status = self._process.returncode
        raise NotMeasuredError(
            f"its process ended with status {status}: {''.join(noise)[-300:].strip()}"
        )

    def end(self, seconds: float) -> None:
        """Wait for its end for the given seconds, then kill it."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        if any(error):
            self._process.kill()
        self._process.communicate()
        self._watchdog.cancel()
        self._watchdog.join()


def alone(function: str, arguments: Mapping[str, Any], cores: Cores) -> Any:
    """Return what FUNCTION returns, in a process of its own."""
    with Worker(function, arguments, cores) as worker:
        return worker.hear()


def pair(
    serve: str, ask: str, arguments: Mapping[str, Any], server_cores: Cores, client_cores: Cores
) -> tuple[Any, Any]:
    """Return what the server and the client return, which are two processes.

    Both get an `address`. The server calls `tell` once when it listens, and returns when it is
    done.
    """
    with address() as where:
        arguments = {**arguments, "address": where}
        with Worker(serve, arguments, server_cores) as server:
            server.hear()
            with Worker(ask, arguments, client_cores) as client:
                try:
                    asked = client.hear()
                except NotMeasuredError:
                    server.end(1.0)
                    # Its error explains better why the client failed.
                    server.hear()
                    raise
            return server.hear(), asked


@contextlib.contextmanager
def address() -> Iterator[str]:
    """Give a fresh path for a socket, on Windows a name for a pipe."""
    if sys.platform == "win32":
        yield rf"\\.\pipe\interprocess-benchmark-{os.getpid()}-{os.urandom(4).hex()}"
        return
    with tempfile.TemporaryDirectory(prefix="ip-") as directory:
        yield os.path.join(directory, "s")


def environment() -> dict[str, str]:
    """Return the environment of workers: they find the package, and keep what they compile."""
    variables = dict(os.environ)
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    variables["PYTHONPATH"] = str(ROOT)
    return variables


def main() -> None:
    """Be a worker."""
    request = json.loads(sys.argv[1])
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")

    def say(message: Mapping[str, Any]) -> None:
        output.write(json.dumps(message) + "\n")
        output.flush()

    try:
        place(request["cores"])
        module, _, name = request["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        say({"told": function(request["arguments"], lambda told: say({"told": told}))})
    except WrongBytesError as error:
        say({"error": str(error), "kind": "wrong"})
    except (NotMeasuredError, ImportError) as error:
        say({"error": str(error), "kind": "missing"})
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        say({"error": text, "kind": "failed"})


if __name__ == "__main__":
    main()
