"""Conditions: what they mean, how they are written, and what the running platform is taken for."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess import cfg
from interprocess.cfg import Predicate, Target, all_, any_, not_, target_os, unix, windows

LINUX = Target.named("linux")
MACOS = Target.named("macos")
WINDOWS = Target.named("windows")

OPTIONS = [
    unix,
    windows,
    *map(cfg.target_os, cfg.SYSTEMS),
    *map(cfg.target_arch, ("x86_64", "aarch64", "s390x")),
    *map(cfg.target_env, ("gnu", "musl", "msvc")),
    *map(cfg.target_pointer_width, (32, 64)),
    *map(cfg.target_endian, ("little", "big")),
    *map(cfg.feature, cfg.FEATURES),
]

predicates = st.recursive(
    st.sampled_from(OPTIONS),
    lambda inner: st.one_of(
        st.builds(not_, inner),
        st.lists(inner, max_size=4).map(lambda some: any_(*some)),
        st.lists(inner, max_size=4).map(lambda some: all_(*some)),
    ),
    max_leaves=12,
)

targets = st.builds(
    Target,
    st.sampled_from([*cfg.SYSTEMS, "plan9"]),
    arch=st.sampled_from(["x86_64", "x86", "aarch64", "s390x", "z80"]),
    env=st.sampled_from(["", "gnu", "musl", "msvc"]),
    features=st.sets(st.sampled_from(list(cfg.FEATURES))),
)


# The meaning of conditions


@pytest.mark.parametrize(
    ("condition", "true_of", "false_of"),
    [
        (unix, LINUX, WINDOWS),
        (unix, Target("plan9"), WINDOWS),
        (windows, WINDOWS, LINUX),
        (target_os("linux"), LINUX, MACOS),
        (cfg.target_arch("aarch64"), MACOS, LINUX),
        (cfg.target_env("gnu"), LINUX, Target.named("x86_64-unknown-linux-musl")),
        (cfg.target_pointer_width(64), LINUX, Target.named("i686-unknown-linux-gnu")),
        (cfg.target_endian("big"), Target.named("s390x-unknown-linux-gnu"), LINUX),
        (cfg.feature("trio"), LINUX, Target.named("linux", features=())),
        (any_(windows, unix), LINUX, Target("x", family="none")),
        (all_(unix, target_os("linux")), LINUX, MACOS),
        (not_(windows), LINUX, WINDOWS),
    ],
    ids=str,
)
def test_condition_holds_where_it_should(
    condition: Predicate, true_of: Target, false_of: Target
) -> None:
    assert condition.holds(true_of)
    assert not condition.holds(false_of)


def test_no_conditions_are_all_true_and_none_is() -> None:
    assert all_().holds(LINUX)
    assert not any_().holds(LINUX)


@given(targets, st.lists(predicates, max_size=4))
def test_de_morgan(target: Target, some: list[Predicate]) -> None:
    negated = [not_(predicate) for predicate in some]
    assert not_(any_(*some)).holds(target) == all_(*negated).holds(target)
    assert not_(all_(*some)).holds(target) == any_(*negated).holds(target)


@given(targets, predicates)
def test_not_twice_is_the_same(target: Target, predicate: Predicate) -> None:
    assert not_(not_(predicate)).holds(target) == predicate.holds(target)


@given(targets)
def test_every_target_is_of_one_family(target: Target) -> None:
    assert unix.holds(target) != windows.holds(target)


@pytest.mark.parametrize(
    ("make", "value", "known"),
    [
        (cfg.target_os, "linus", "linux, android, macos"),
        (cfg.target_arch, "amd64", "x86_64"),
        (cfg.target_env, "glibc", "gnu, musl, msvc"),
        (cfg.target_pointer_width, 16, "32, 64"),
        (cfg.target_endian, "middle", "little, big"),
        (cfg.feature, "curio", "trio"),
    ],
)
def test_condition_on_what_no_target_has_is_refused(
    make: Callable[[object], Predicate], value: object, known: str
) -> None:
    with pytest.raises(ValueError, match=known):
        make(value)


# How conditions are written


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (unix, "unix"),
        (not_(windows), "not(windows)"),
        (
            any_(target_os("linux"), target_os("android")),
            'any(target_os = "linux", target_os = "android")',
        ),
        (all_(unix, not_(target_os("macos"))), 'all(unix, not(target_os = "macos"))'),
        (all_(), "all()"),
        (cfg.feature("trio"), 'feature = "trio"'),
        (cfg.target_pointer_width(64), 'target_pointer_width = "64"'),
    ],
)
def test_condition_is_written_as_in_rust(condition: Predicate, written: str) -> None:
    assert str(condition) == written


@given(predicates)
def test_written_condition_reads_back(predicate: Predicate) -> None:
    # Rust's notation is nearly Python's.
    source = str(predicate).replace(" = ", "==")
    for word in ("any", "all", "not"):
        source = source.replace(f"{word}(", f"{word}_(")
    names: dict[str, object] = {**vars(cfg), **{key: _Key(key) for key in _KEYS}}
    assert eval(source, names) == predicate


class _Key:
    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, value: object) -> Predicate:  # type: ignore[override]
        return cfg.Option(self.name, str(value))

    __hash__ = None  # type: ignore[assignment]


_KEYS = [
    *("target_os", "target_arch", "target_env", "target_pointer_width", "target_endian"),
    "feature",
]


# Conditions and targets are values


@given(predicates)
def test_conditions_are_values(predicate: Predicate) -> None:
    copied = pickle.loads(pickle.dumps(predicate))
    assert copied == predicate == copy.deepcopy(predicate)
    assert hash(copied) == hash(predicate)
    assert not_(predicate) != predicate
    with pytest.raises(AttributeError, match="frozen"):
        predicate.key = "other"


@given(targets, targets)
def test_targets_are_values(one: Target, other: Target) -> None:
    assert pickle.loads(pickle.dumps(one)) == one
    assert (one == other) == (repr(one) == repr(other))
    assert len({one, other}) == (1 if one == other else 2)


def test_any_and_all_differ() -> None:
    assert any_(unix) != all_(unix)


# Names of targets


@pytest.mark.parametrize("name", cfg.SYSTEMS)
def test_every_known_system_has_a_target(name: str) -> None:
    target = Target.named(name)
    assert target.os == name
    assert target.support == cfg.SYSTEMS[name]
    assert target.features == frozenset(cfg.FEATURES)
    assert target.family == ("windows" if name == "windows" else "unix")


@pytest.mark.parametrize(
    ("name", "shown", "pointer_width", "endian"),
    [
        ("darwin", "macos (aarch64)", 64, "little"),
        ("MacOS", "macos (aarch64)", 64, "little"),
        ("win32", "windows (x86_64, msvc)", 64, "little"),
        ("linux", "linux (x86_64, gnu)", 64, "little"),
        ("x86_64-apple-darwin", "macos (x86_64)", 64, "little"),
        ("i686-pc-windows-msvc", "windows (x86, msvc)", 32, "little"),
        ("x86_64-pc-windows-gnu", "windows (x86_64, gnu)", 64, "little"),
        ("aarch64-linux-android", "android (aarch64)", 64, "little"),
        ("armv7-linux-androideabi", "android (arm)", 32, "little"),
        ("armv7-unknown-linux-musleabihf", "linux (arm, musl)", 32, "little"),
        ("powerpc64le-unknown-linux-gnu", "linux (powerpc64, gnu)", 64, "little"),
        ("powerpc64-unknown-linux-gnu", "linux (powerpc64, gnu)", 64, "big"),
        ("mipsel-unknown-linux-gnu", "linux (mips, gnu)", 32, "little"),
        ("x86_64-unknown-freebsd", "freebsd (x86_64)", 64, "little"),
        ("x86_64-unknown-linux", "linux (x86_64, gnu)", 64, "little"),
    ],
)
def test_triples(name: str, shown: str, pointer_width: int, endian: str) -> None:
    target = Target.named(name)
    assert (str(target), target.pointer_width, target.endian) == (shown, pointer_width, endian)


@pytest.mark.parametrize(
    "name", ["", "plan9", "-", "linux-musl", "pdp11-unknown-linux-gnu", "x86_64-unknown-none"]
)
def test_unknown_target_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match="unknown target") as caught:
        Target.named(name)
    for known in cfg.SYSTEMS:
        assert known in str(caught.value)


def test_unknown_unix_can_be_expressed() -> None:
    target = Target("plan9")
    assert target.support == cfg.ASSUMED
    assert unix.holds(target)
    assert str(target) == "plan9 (x86_64)"


def test_support_levels() -> None:
    levels = {
        cfg.EXPLICIT: {"windows", "linux", "macos"},
        cfg.WITHOUT_MACHINE: {"freebsd", "openbsd", "netbsd", "android"},
        cfg.BY_ASSOCIATION: {"dragonfly", "illumos", "ios"},
    }
    for level, systems in levels.items():
        assert {
            name for name, given_level in cfg.SYSTEMS.items() if given_level == level
        } == systems
