"""All platforms side by side: their capabilities, their level of support and its evidence.

`interprocess capabilities --matrix` prints it; docs/platforms.md is its output.
"""

from __future__ import annotations

from interprocess import capabilities
from interprocess._interface.value import Value
from interprocess.capabilities.registry import CAPABILITIES
from interprocess.cfg import SYSTEMS, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from interprocess.capabilities.registry import Status

__all__ = ["Platform", "markdown", "platforms"]

RAN_HERE = "ran here"
RAN_UNDER_WINE = "ran under Wine"
CHECKED_AGAINST_HEADERS = "checked against headers"
ASSUMED = "assumed"

#: The strongest evidence that the code fits a system. Change it only together with that evidence: a
#: test run there, or `make verify-bindings`.
VERIFICATION = {
    "linux": RAN_HERE,
    "macos": CHECKED_AGAINST_HEADERS,
    "freebsd": CHECKED_AGAINST_HEADERS,
    "openbsd": CHECKED_AGAINST_HEADERS,
    "netbsd": CHECKED_AGAINST_HEADERS,
    "windows": RAN_UNDER_WINE,
}


#: The systems whose kernels the tests imitate, as their sources and manuals describe them. That is
#: weaker evidence than running there: it shows that the code copes with the descriptions, not that
#: these are complete. "posix" is a system that has only what the standard guarantees.
IMITATED = frozenset(
    {
        *("macos", "freebsd", "openbsd", "netbsd", "dragonfly"),
        *("illumos", "aix", "haiku", "cygwin", "posix"),
    }
)


class Platform(Value):
    """One operating system in the matrix.

    - `target`: the system, with the processor that most of its machines have.
    - `verification`: the evidence that the code fits it.
    - `imitated`: whether the tests have run under an imitation of its kernel.
    """

    __slots__ = ("target", "verification", "imitated")

    target: Target
    verification: str
    imitated: bool

    def __init__(self, target: Target, verification: str, imitated: bool = False) -> None:
        super().__init__(target=target, verification=verification, imitated=imitated)

    @property
    def statuses(self) -> dict[str, Status]:
        """The status of each capability there, by name, without asking a running system."""
        return capabilities.for_target(self.target)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data, ready for JSON."""
        return {
            "system": self.target.os,
            "support": self.target.support,
            "verification": self.verification,
            "imitated": self.imitated,
            "exposed": [name for name, status in self.statuses.items() if status.exposed],
        }


def platforms() -> tuple[Platform, ...]:
    """Return every operating system that `interprocess.cfg` knows by name."""
    return tuple(
        Platform(Target.named(system), VERIFICATION.get(system, ASSUMED), system in IMITATED)
        for system in SYSTEMS
    )


def markdown() -> str:
    """Return the matrix as a document."""
    return _DOCUMENT.format(
        systems=_systems_table(), matrix=_matrix_table(), capabilities=_capabilities_table()
    )


_DOCUMENT = """\
<!-- Written by `interprocess capabilities --matrix`. The tests check that it is current. -->

# Platforms

This page lists the capabilities of each system. `interprocess capabilities` lists those of your
machine, asks the running system where necessary, and gives the reason for each missing capability.

## Systems

{systems}

Support:

- *explicit*: written for it; a failure there is a bug.
- *explicit without a machine*: the same, but there is no machine to run the tests on.
- *by association*: uses the code of a very similar system.
- *assumed*: relies on POSIX alone. `posix` stands for every Unix that is not in the table.

Verified (the strongest evidence):

- *ran here*: the tests have run on it.
- *ran under Wine*: the tests have run with its CPython under Wine.
- *checked against headers*: the declarations match its C headers.
- *assumed*: neither.

Imitated: without a machine, the tests have run on Linux under an imitation of the system's kernel,
made from its sources and manuals. [kernels.md](kernels.md) lists how each kernel differs. This is
weaker evidence than running there: an imitation is only as complete as its description.

## Matrix

{matrix}

*yes*: it exists. *ask*: it exists, but only the running system can tell whether it works. The
processor and the C library make no difference.

## Capabilities

Conditions have the syntax of Rust's `cfg`. Where a condition does not hold, the names that the
capability exposes do not exist, and importing them raises `ImportError`.

{capabilities}
"""


def _systems_table() -> str:
    return _table(
        ["System", "Support", "Verified", "Imitated"],
        (
            [f"`{each.target.os}`", each.target.support, each.verification, _imitation(each)]
            for each in platforms()
        ),
    )


def _imitation(platform: Platform) -> str:
    return f"[imitated](kernels.md#{platform.target.os})" if platform.imitated else "no"


def _matrix_table() -> str:
    columns = platforms()
    rows = (
        [f"`{name}`", *(_cell(platform.statuses[name]) for platform in columns)]
        for name in CAPABILITIES
    )
    return _table(["Capability", *(platform.target.os for platform in columns)], rows)


def _cell(status: Status) -> str:
    if not status.exposed:
        return "no"
    return "yes" if status.capability.probe is None else "ask"


def _capabilities_table() -> str:
    rows = (
        [
            f"`{capability.name}`",
            capability.summary,
            f"`{capability.condition}`",
            ", ".join(f"`{name}`" for name in capability.exposes) or "a behaviour",
        ]
        for capability in CAPABILITIES.values()
    )
    return _table(["Capability", "What it is", "Condition", "Exposes"], rows)


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
