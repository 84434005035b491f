"""The runtimes that the tests run on: what each is for, how to have it, what it cannot do."""

from __future__ import annotations

from dataclasses import dataclass

#: What the tests need besides cffi, whose compiled half comes with each runtime. Nothing here has
#: a compiled part, so that one copy serves every processor; hypothesis has one from 6.150.
PACKAGES = ("pytest>=8", "hypothesis<6.150", "trio>=0.25")

FOLDERS = ("tests/portable", "tests/unix", "tests/linux")

#: Tests that cannot pass under qemu-user, for which the system calls of this machine's kernel are
#: translated, each with the evidence.
_QEMU_FAULTS: dict[str, str] = {}


@dataclass(frozen=True)
class Runtime:
    """A Python to run the tests with."""

    name: str
    #: What it shows that no other runtime does.
    purpose: str
    #: The Debian release and architecture of its tree; none for a Python of this machine.
    suite: str = ""
    architecture: str = ""
    #: The name of qemu's translator; none where the processor runs the programs itself.
    emulator: str = ""

    @property
    def known_faults(self) -> dict[str, str]:
        """The tests that are left out, and why."""
        return _QEMU_FAULTS if self.emulator else {}


RUNTIMES = (
    Runtime("i386", "32 bits", "bookworm", "i386"),
    Runtime("pypy3", "another implementation of Python"),
    Runtime("s390x", "big-endian", "bookworm", "s390x", "s390x"),
    Runtime("arm64", "Arm's own constants", "bookworm", "arm64", "aarch64"),
    Runtime("ppc64el", "PowerPC's own constants", "bookworm", "ppc64el", "ppc64le"),
    Runtime("armhf", "32 bits with a time_t of 64", "trixie", "armhf", "arm"),
)
