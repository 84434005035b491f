"""The runtimes for the tests: the purpose, source and limitations of each."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What the tests need besides cffi, whose compiled half comes with each runtime. Nothing here has
#: a compiled part, so that one copy serves every processor; hypothesis has one from 6.150.
PACKAGES = ("pytest>=8", "hypothesis<6.150", "trio>=0.25")

FOLDERS = ("tests/portable", "tests/unix", "tests/linux")

_ONE_CALL = "tests/linux/test_linux.py::test_one_system_call_each"

#: qemu-user translates system calls for this machine's kernel, and has no ptrace(2).
_QEMU = {_ONE_CALL: "strace(1) does not work under qemu-user, which lacks ptrace(2)"}


class UnavailableError(Exception):
    """The runtime cannot be installed on this machine; the message says what is needed."""


@dataclass(frozen=True)
class Runtime:
    """A Python to run the tests with."""

    name: str
    #: The differences that only this runtime covers.
    purpose: str
    #: The Debian release and architecture of its tree; none for a Python of this machine.
    suite: str = ""
    architecture: str = ""
    #: The name of qemu's translator; none where the processor runs the programs itself.
    emulator: str = ""
    #: Whether the Python is that of the musl C library, beside Debian's.
    musl: bool = False
    #: Whether the Python is put together from PyPI's wheels, without a global interpreter lock.
    free_threaded: bool = False
    #: The tests that are left out since the runtime cannot pass them, each with the evidence.
    left_out: dict[str, str] = field(default_factory=dict)


def _foreign(name: str, purpose: str, suite: str, emulator: str) -> Runtime:
    return Runtime(name, purpose, suite, name, emulator, left_out=_QEMU)


RUNTIMES = (
    Runtime(
        *("i386", "32 bits", "bookworm", "i386"),
        left_out={_ONE_CALL: "expects sendto(2) by name; i386 alone has a send(2) beside it"},
    ),
    Runtime("pypy3", "another implementation of Python"),
    Runtime("free-threaded", "threads that run at once", free_threaded=True),
    Runtime("musl", "another C library", "trixie", "amd64", musl=True),
    _foreign("s390x", "big-endian", "bookworm", "s390x"),
    _foreign("arm64", "Arm's own constants", "bookworm", "aarch64"),
    _foreign("ppc64el", "PowerPC's own constants", "bookworm", "ppc64le"),
    _foreign("armhf", "32 bits with a time_t of 64", "trixie", "arm"),
)
