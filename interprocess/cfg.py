"""Conditions on platforms, and the platforms themselves.

A condition is written and printed in the syntax of Rust's `cfg`:

    >>> condition = any_(target_os("linux"), target_os("android"))
    >>> print(condition)
    any(target_os = "linux", target_os = "android")
    >>> condition.holds(Target.named("macos"))
    False

`Target.current()` is the platform that this program runs on; `Target.named("macos")` is any other.
A condition on something that no target has, such as a misspelt system, is a `ValueError`.
"""

from __future__ import annotations

from interprocess._interface.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ASSUMED",
    "BY_ASSOCIATION",
    "EXPLICIT",
    "FEATURES",
    "SYSTEMS",
    "WITHOUT_MACHINE",
    "Predicate",
    "Target",
    "all_",
    "any_",
    "feature",
    "not_",
    "target_arch",
    "target_endian",
    "target_env",
    "target_os",
    "target_pointer_width",
    "unix",
    "windows",
]

#: Levels of support: written for the system, and run on it;
EXPLICIT = "explicit"
#: written for it, from its headers and manuals, without a machine to run on;
WITHOUT_MACHINE = "explicit without a machine"
#: served by the code for a similar system, which is supported explicitly;
BY_ASSOCIATION = "by association"
#: served by the code for every POSIX system.
ASSUMED = "assumed"

#: Operating systems by Rust's names, and their levels of support. "posix" stands for every other
#: Unix.
SYSTEMS = {
    "linux": EXPLICIT,
    "android": WITHOUT_MACHINE,
    "macos": EXPLICIT,
    "ios": BY_ASSOCIATION,
    "freebsd": WITHOUT_MACHINE,
    "openbsd": WITHOUT_MACHINE,
    "netbsd": WITHOUT_MACHINE,
    "dragonfly": BY_ASSOCIATION,
    "illumos": BY_ASSOCIATION,
    "solaris": ASSUMED,
    "aix": ASSUMED,
    "haiku": ASSUMED,
    "cygwin": ASSUMED,
    "posix": ASSUMED,
    "windows": EXPLICIT,
}

#: Names of systems in `sys.platform` and target triples that differ from the names here.
SYSTEM_ALIASES = {"darwin": "macos", "win32": "windows", "androideabi": "android"}

#: The optional features, and the module that each requires.
FEATURES = {"anyio": "anyio", "trio": "trio"}

#: The C libraries of systems that have several, the usual one first.
_ENVIRONMENTS = {"linux": ("gnu", "musl"), "windows": ("msvc", "gnu")}

#: Processors by their names in uname(2) and in target triples: Rust's name, the width of a pointer
#: and the byte order.
PROCESSORS = {
    alias: (arch, pointer_width, endian)
    for arch, pointer_width, endian, aliases in (
        ("x86_64", 64, "little", "x86_64 amd64"),
        ("x86", 32, "little", "x86 i386 i486 i586 i686 i86pc"),
        ("aarch64", 64, "little", "aarch64 arm64"),
        ("aarch64", 64, "big", "aarch64_be"),
        ("arm", 32, "little", "arm armv5te armv6 armv6l armv7 armv7a armv7l armv8l evbarm"),
        ("arm", 32, "big", "armeb"),
        ("loongarch64", 64, "little", "loongarch64"),
        ("m68k", 32, "big", "m68k"),
        ("mips", 32, "big", "mips"),
        ("mips", 32, "little", "mipsel"),
        ("mips64", 64, "big", "mips64"),
        ("mips64", 64, "little", "mips64el"),
        ("powerpc", 32, "big", "powerpc ppc macppc"),
        ("powerpc64", 64, "big", "powerpc64 ppc64"),
        ("powerpc64", 64, "little", "powerpc64le ppc64le"),
        ("riscv32", 32, "little", "riscv32 riscv32gc"),
        ("riscv64", 64, "little", "riscv64 riscv64gc"),
        ("s390x", 64, "big", "s390x"),
        ("sparc", 32, "big", "sparc"),
        ("sparc64", 64, "big", "sparc64 sparcv9 sun4u sun4v"),
    )
    for alias in aliases.split()
}


class Target(Value):
    """A platform that a program is built for and runs on.

    - `os`: the operating system, by Rust's name where it has one: "linux", "macos", "windows" …
    - `family`: "unix" or "windows".
    - `arch`: the processor, by Rust's name: "x86_64", "aarch64" …
    - `env`: the C library on systems that have several: "gnu", "musl", "msvc"; else "".
    - `pointer_width`: 32 or 64.
    - `endian`: "little" or "big".
    - `features`: those of `FEATURES` that are installed.
    """

    __slots__ = ("arch", "endian", "env", "family", "features", "os", "pointer_width")

    os: str
    family: str
    arch: str
    env: str
    pointer_width: int
    endian: str
    features: frozenset[str]

    def __init__(
        self,
        os: str,
        *,
        family: str | None = None,
        arch: str = "x86_64",
        env: str = "",
        pointer_width: int | None = None,
        endian: str | None = None,
        features: Iterable[str] = (),
    ) -> None:
        _, usual_width, usual_endian = PROCESSORS.get(arch, (arch, 64, "little"))
        super().__init__(
            os=os,
            family=family or ("windows" if os == "windows" else "unix"),
            arch=arch,
            env=env,
            pointer_width=pointer_width or usual_width,
            endian=endian or usual_endian,
            features=frozenset(features),
        )

    @classmethod
    def named(cls, name: str, *, features: Iterable[str] = FEATURES) -> Target:
        """Return the target for a system ("macos") or a triple ("x86_64-apple-darwin").

        A system alone gets the processor that most of its machines have. All optional features
        count as installed unless `features` says otherwise.

        Raises `ValueError` for an unknown name, with the known names.
        """
        first, *rest = name.lower().split("-")
        # The last one, because Android's triples contain "linux-android".
        system = next(filter(None, map(_system_called, reversed(rest or [first]))), None)
        usual_processor = "aarch64" if system in ("macos", "ios", "android") else "x86_64"
        processor = PROCESSORS.get(first if rest else usual_processor)
        if system is None or processor is None:
            known = ", ".join(SYSTEMS)
            raise ValueError(f"unknown target {name!r}; known: {known}, and Rust's target triples")
        arch, pointer_width, endian = processor
        environments = _ENVIRONMENTS.get(system, ("",))
        # A triple's last part may contain more than the C library: "gnueabihf".
        env = next(filter((rest or [""])[-1].startswith, environments), environments[0])
        return cls(
            system,
            arch=arch,
            env=env,
            pointer_width=pointer_width,
            endian=endian,
            features=features,
        )

    @classmethod
    def current(cls) -> Target:
        """Return the platform that this program runs on. Asks once: uname(2), confstr(3)."""
        if not _current:
            from interprocess._running_platform import running_target

            _current.append(running_target())
        return _current[0]

    @property
    def support(self) -> str:
        """This platform's level of support: `EXPLICIT` or one of the others."""
        return SYSTEMS.get(self.os, ASSUMED)

    def __str__(self) -> str:
        return f"{self.os} ({self.arch}, {self.env})" if self.env else f"{self.os} ({self.arch})"


#: The result of `Target.current()`, once it was called.
_current: list[Target] = []


def _system_called(name: str) -> str | None:
    name = SYSTEM_ALIASES.get(name, name)
    return name if name in SYSTEMS else None


class Predicate(Value):
    """A condition on a target. `str` returns it in the syntax of Rust's `cfg`."""

    __slots__ = ()

    def holds(self, target: Target) -> bool:
        """Return true if the condition holds for TARGET."""
        raise NotImplementedError


#: The known values of each key. A misspelt value would silently never hold.
_OPTIONS = {
    "target_family": ["unix", "windows"],
    "target_os": list(SYSTEMS),
    "target_arch": sorted({arch for arch, _, _ in PROCESSORS.values()}),
    "target_env": ["gnu", "musl", "msvc"],
    "target_pointer_width": ["32", "64"],
    "target_endian": ["little", "big"],
    "feature": list(FEATURES),
}


class Option(Predicate):
    """One fact about a target: KEY is VALUE.

    Raises `ValueError` for a value that no target has, with the known values.
    """

    __slots__ = ("key", "value")

    key: str
    value: str

    def __init__(self, key: str, value: str) -> None:
        if value not in _OPTIONS[key]:
            raise ValueError(f"unknown {key} {value!r}; known: {', '.join(_OPTIONS[key])}")
        super().__init__(key=key, value=value)

    def holds(self, target: Target) -> bool:
        """Return true if TARGET has this option."""
        if self.key == "feature":
            return self.value in target.features
        return self.value == str(getattr(target, self.key[len("target_") :]))

    def __str__(self) -> str:
        # Rust has a short form for families.
        return self.value if self.key == "target_family" else f'{self.key} = "{self.value}"'


class _Combination(Predicate):
    """A condition made of others."""

    __slots__ = ("predicates",)

    predicates: tuple[Predicate, ...]

    def __init__(self, predicates: Iterable[Predicate]) -> None:
        super().__init__(predicates=tuple(predicates))

    def __str__(self) -> str:
        return f"{type(self).__name__.lower()}({', '.join(map(str, self.predicates))})"


class All(_Combination):
    """True if all of its predicates are true, and if it has none."""

    __slots__ = ()

    def holds(self, target: Target) -> bool:
        """Return true if every predicate holds."""
        return all(predicate.holds(target) for predicate in self.predicates)


class Any(_Combination):
    """True if at least one of its predicates is true; false if it has none."""

    __slots__ = ()

    def holds(self, target: Target) -> bool:
        """Return true if at least one predicate holds."""
        return any(predicate.holds(target) for predicate in self.predicates)


class Not(Predicate):
    """True if its predicate is false."""

    __slots__ = ("predicate",)

    predicate: Predicate

    def __init__(self, predicate: Predicate) -> None:
        super().__init__(predicate=predicate)

    def holds(self, target: Target) -> bool:
        """Return true if the predicate does not hold."""
        return not self.predicate.holds(target)

    def __str__(self) -> str:
        return f"not({self.predicate})"


unix: Option = Option("target_family", "unix")
"""The target is of the Unix family."""

windows: Option = Option("target_family", "windows")
"""The target is Windows."""


def target_os(name: str) -> Option:
    """The target's operating system, such as "linux"."""
    return Option("target_os", name)


def target_arch(name: str) -> Option:
    """The target's processor, such as "x86_64"."""
    return Option("target_arch", name)


def target_env(name: str) -> Option:
    """The target's C library: "gnu", "musl", "msvc"."""
    return Option("target_env", name)


def target_pointer_width(bits: int) -> Option:
    """The width of the target's pointers: 32 or 64 bits."""
    return Option("target_pointer_width", str(bits))


def target_endian(order: str) -> Option:
    """The target's byte order: "little" or "big"."""
    return Option("target_endian", order)


def feature(name: str) -> Option:
    """The module that an optional feature of `FEATURES` requires is installed."""
    return Option("feature", name)


def any_(*predicates: Predicate) -> Any:
    """At least one of the predicates holds."""
    return Any(predicates)


def all_(*predicates: Predicate) -> All:
    """Every one of the predicates holds."""
    return All(predicates)


def not_(predicate: Predicate) -> Not:
    """The predicate does not hold."""
    return Not(predicate)
