"""Runs Windows programs under Wine: the environment, the server, and a watchdog over every call."""

from __future__ import annotations

import os
import secrets
import select
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: Every Unix process of a run has this variable, however it was started, and so can be found.
RUN_VARIABLE = "INTERPROCESS_TEST_BENCH_RUN"
#: Seconds that the server stays when nobody uses it: the next run starts fast, yet nothing is left
#: behind for ever.
LINGER = 600
#: Seconds after which a call that should take a few has hung.
PATIENCE = 180.0
#: The exit status after the watchdog, as timeout(1) gives it.
TIMED_OUT = 124

#: Ours alone: what the caller has of these is about the Linux Python.
DROPPED = ("PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "PYTHONEXECUTABLE", "WINELOADER")


class BenchError(Exception):
    """The bench cannot go on; the message says why."""


def pin_to_one_core() -> None:
    """Keep this process, and all that it starts, on one core.

    Every Windows call is a conversation with the server, which costs up to seven times as much
    when the two sit on different cores. The last core, always: concurrent runs share the server.
    """
    if sys.platform == "linux":  # mypy checks this file for other platforms too
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def windows_path(path: Path) -> str:
    """Return the name under which Windows programs see the Linux PATH."""
    return "Z:" + str(path).replace("/", "\\")


@dataclass(frozen=True)
class Wine:
    """One Wine prefix, which is one Windows machine: its own server, registry and pipes."""

    prefix: Path

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment for a Wine program: the caller's, ours, then EXTRA."""
        environment = {key: value for key, value in os.environ.items() if key not in DROPPED}
        environment.update(
            WINEPREFIX=str(self.prefix),
            WINEARCH="win64",
            WINEDEBUG="-all",
            # It shall not offer to download .NET and a browser, nor add to the desktop's menus, nor
            # start a debugger on a program that crashes, which shall just end.
            WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe,winedbg.exe=d",
            # Names of files would otherwise depend on the locale of whoever runs this.
            LC_ALL="C.UTF-8",
        )
        environment.update(extra or {})
        return environment

    def start(self) -> None:
        """Start the server, unless it runs.

        Its output, and that of the first program, is discarded: the server and the system's
        processes, which that program starts, would keep a pipe open after the program has ended.
        """
        # Fails when the server runs already, which is as well.
        self._quiet(["wineserver", f"-p{LINGER}"], check=False)
        self.call("cmd.exe", "/c", "exit")

    def stop(self) -> None:
        """End every program of this prefix, and its server."""
        self._quiet(["wineserver", "-k"], check=False)
        self._quiet(["wineserver", "-w"], check=False)

    def call(self, *arguments: str) -> None:
        """Run a program that says nothing and needs seconds."""
        self._quiet(["wine", *arguments], check=True)

    def _quiet(self, command: Sequence[str], *, check: bool) -> None:
        environment = self.environment()
        status = run(command, environment, os.getcwd(), PATIENCE, output=False, leftovers=True)
        if status == TIMED_OUT:
            raise BenchError(
                f"`{' '.join(command)}` hung for {PATIENCE:.0f} s. If this happens again: "
                "`bench.py stop`, or remove the cache directory that the README names."
            )
        if check and status:
            raise BenchError(f"`{' '.join(command)}` failed with status {status}")


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: str | Path,
    seconds: float | None = None,
    *,
    feed: bool = False,
    output: bool = True,
    leftovers: bool = False,
) -> int:
    """Run COMMAND and return its exit status, or TIMED_OUT if it had to be killed after SECONDS.

    What it leaves running is killed, unless LEFTOVERS. Python under Wine does not start when a
    standard stream is a regular file, so it never gets ours: output goes through pipes that we
    relay, or is discarded. Input is ours if FEED, through a pipe as well, else empty.
    """
    token = secrets.token_hex(8)
    ours = dict(environment) if leftovers else {**environment, RUN_VARIABLE: token}
    stdin = _standard_input() if feed else subprocess.DEVNULL
    stdout, stderr = (subprocess.PIPE, _standard_error()) if output else (subprocess.DEVNULL,) * 2
    process = subprocess.Popen(
        command,
        env=ours,
        cwd=directory,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,  # Ctrl-C is for us, who then end the whole tree
    )
    if process.stdin is not None:
        threading.Thread(target=_feed, args=(process.stdin,), daemon=True).start()
    relays = [Relay(pipe, fd) for pipe, fd in ((process.stdout, 1), (process.stderr, 2)) if pipe]
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        status = TIMED_OUT
    finally:
        if not leftovers or process.poll() is None:
            _kill(process, token)
        for relay in relays:
            relay.finish()
    return status if status >= 0 else 128 - status


class Relay(threading.Thread):
    """Copies what arrives in a pipe to one of our standard streams."""

    def __init__(self, pipe: IO[bytes], to: int) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self._to = to
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        # Not simply until the end of the stream: something that survives may hold the other end.
        with self._pipe:
            while not self._ended.is_set() or self._readable(0):
                if not self._readable(0.1):
                    continue
                data = os.read(self._pipe.fileno(), 65536)
                if not data:
                    return
                try:
                    _write_all(self._to, data)
                except OSError:
                    return  # nobody listens: closing our end tells the program so

    def finish(self) -> None:
        """Copy what is still in the pipe; wait for a slow reader, but not for ever."""
        self._ended.set()
        self.join(30)

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._pipe], [], [], seconds)[0])


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _standard_input() -> int | None:
    """Return what to give as standard input: nothing, our own, or a pipe to feed."""
    try:
        status = os.fstat(0)
    except OSError:
        return subprocess.DEVNULL
    if stat.S_ISFIFO(status.st_mode):
        return None
    is_null = os.path.samestat(status, os.stat(os.devnull))
    return subprocess.DEVNULL if is_null else subprocess.PIPE


def _standard_error() -> int:
    """Return where standard error goes: with output, if ours are one, so that the order stays."""
    return subprocess.STDOUT if os.path.sameopenfile(1, 2) else subprocess.PIPE


def _feed(pipe: IO[bytes]) -> None:
    try:
        with pipe:
            while data := os.read(0, 65536):
                pipe.write(data)
                pipe.flush()
    except OSError:
        pass  # the program has ended, or does not read its input


def _kill(process: subprocess.Popen[bytes], token: str) -> None:
    """Kill PROCESS and all that carry the run's TOKEN.

    Wine starts each program through a process that ends, some in a new session: neither parents
    nor process groups lead to them.
    """
    if sys.platform == "win32":
        raise NotImplementedError
    deadline = time.monotonic() + 10
    if process.poll() is None:
        process.kill()
        process.wait()
    while found := _carriers(token):
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if time.monotonic() > deadline:
            raise BenchError(f"processes {found} of the run cannot be killed")
        time.sleep(0.02)


def _carriers(token: str) -> list[int]:
    mark = f"{RUN_VARIABLE}={token}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue  # gone, or not ours
    return found
