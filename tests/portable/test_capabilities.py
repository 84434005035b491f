"""The registry is right about this platform, and consistent about the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interprocess import capabilities
from interprocess.capabilities import _capability, _probes, matrix
from interprocess.capabilities.registry import CAPABILITIES, Capability
from interprocess.cfg import (
    FEATURES,
    PROCESSORS,
    SYSTEMS,
    Target,
    all_,
    any_,
    feature,
    unix,
    windows,
)
from interprocess.errors import UnsupportedError
from interprocess.local_socket import Name, connect, listen
from tests.support import ROOT, finish, python

EXPOSED_NAMES = [
    pytest.param(capability, dotted_name, id=dotted_name)
    for capability in CAPABILITIES.values()
    for dotted_name in capability.exposes
]
ABSENT_HERE = "windows" if sys.platform != "win32" else "unix"
PRESENT_HERE = "unix" if sys.platform != "win32" else "windows"
EVERYWHERE = any_(unix, windows)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """The cache of answers from the running system, empty at the start of the test."""
    fresh: dict[str, bool] = {}
    monkeypatch.setattr(_capability, "_answers", fresh)
    return fresh


def import_name(dotted_name: str) -> None:
    """Import a module, or a name out of a module, as a program would."""
    parent, _, name = dotted_name.rpartition(".")
    exec(f"from {parent} import {name}", {})


def what_keeps_away(dotted_name: str) -> Capability | None:
    """Return the capability that a name lacks here, or that a package around it lacks."""
    here = Target.current()
    parts = dotted_name.split(".")
    for length in range(1, len(parts) + 1):
        outer = ".".join(parts[:length])
        for capability in CAPABILITIES.values():
            if outer in capability.exposes and not capability.condition.holds(here):
                return capability
    return None


@pytest.mark.parametrize(("capability", "dotted_name"), EXPOSED_NAMES)
def test_what_is_exposed_here_can_be_imported_and_nothing_else(
    capability: Capability, dotted_name: str
) -> None:
    here = Target.current()
    missing = what_keeps_away(dotted_name)
    assert (missing is None) is capability.condition.holds(here)
    if missing is None:
        import_name(dotted_name)
    else:
        with pytest.raises(ImportError) as caught:
            import_name(dotted_name)
        parts: tuple[str, ...] = (repr(missing.name), f"cfg({missing.condition})", str(here))
        if missing.condition.holds(here.replace(features=FEATURES)):
            parts = ("is not installed", 'pip install "pyinterprocess[')
        for part in parts:
            assert part in str(caught.value)


def test_no_name_is_exposed_by_two_capabilities() -> None:
    names = [name for capability in CAPABILITIES.values() for name in capability.exposes]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "ask", [capabilities.available, capabilities.explain, capabilities.require]
)
def test_an_unknown_name_is_refused_with_those_that_there_are(ask: Any) -> None:
    with pytest.raises(ValueError, match=r"unknown capability 'unik'; known: .*fifo_file"):
        ask("unik")


def test_available_here() -> None:
    assert capabilities.available(PRESENT_HERE)
    assert not capabilities.available(ABSENT_HERE)


def test_require_returns_where_available() -> None:
    capabilities.require(PRESENT_HERE)


def test_require_raises_import_error_where_the_names_do_not_exist() -> None:
    with pytest.raises(ImportError) as caught:
        capabilities.require(ABSENT_HERE)
    assert caught.value.name == f"interprocess.os.{ABSENT_HERE}"
    assert f"{ABSENT_HERE!r} needs cfg({ABSENT_HERE})" in str(caught.value)
    assert str(Target.current()) in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="a capability with a probe")
def test_require_raises_unsupported_error_where_the_system_refuses(
    answers: dict[str, bool],
) -> None:
    answers["abstract_ns_ud_socket"] = False
    assert not capabilities.available("abstract_ns_ud_socket")
    with pytest.raises(
        UnsupportedError, match=r"'abstract_ns_ud_socket'.* the running system lacks"
    ):
        capabilities.require("abstract_ns_ud_socket")


def test_other_targets_can_be_asked_about_from_here() -> None:
    macos, linux = (capabilities.for_target(Target.named(system)) for system in ("macos", "linux"))
    assert macos["unix"].available
    assert macos["peer_creds_pid"].available
    for name in ("abstract_ns_ud_socket", "pipe_size", "linux", "windows"):
        assert not macos[name].available
        assert macos[name].reason == f"needs cfg({CAPABILITIES[name].condition})"
    assert linux["abstract_ns_ud_socket"].available
    assert list(macos) == list(CAPABILITIES)


def test_a_probe_is_asked_once_and_only_about_the_running_system(answers: dict[str, bool]) -> None:
    asked = []

    def probe() -> bool:
        asked.append(1)
        return True

    capability = Capability("test", "a test", EVERYWHERE, probe=probe)
    assert capability.status(Target.current()).available
    assert not asked
    assert capability.status().available
    assert capability.status().available
    assert len(asked) == 1


def test_a_probe_that_says_no(answers: dict[str, bool]) -> None:
    status = Capability("test", "a test", EVERYWHERE, probe=lambda: False).status()
    assert status.exposed
    assert not status.available
    assert status.reason == "the running system lacks it"


def test_a_probe_that_fails_does_not_raise_and_is_asked_again(answers: dict[str, bool]) -> None:
    results: Iterator[OSError | bool] = iter([OSError(24, "Too many open files"), True])

    def probe() -> bool:
        result = next(results)
        if isinstance(result, OSError):
            raise result
        return result

    capability = Capability("test", "a test", EVERYWHERE, probe=probe)
    assert "Too many open files" in capability.status().reason
    assert capability.status().available


def test_a_missing_feature_comes_with_the_command_that_installs_it() -> None:
    capability = Capability("trio", "a test", all_(unix, feature("trio")))
    without = capability.status(Target.named("linux", features=[]))
    assert not without.exposed
    assert without.reason == (
        'needs cfg(all(unix, feature = "trio")): pip install pyinterprocess[trio]'
    )
    assert capability.status(Target.named("linux", features=["trio"])).available
    # There is no command that turns Windows into Unix.
    assert "pip" not in capability.status(Target.named("windows", features=[])).reason


def test_all_probes_answer_and_leave_nothing_open(answers: dict[str, bool]) -> None:
    asked = [status for status in capabilities.for_target().values() if status.exposed]
    assert {s.capability.name for s in asked if s.capability.probe} == set(answers)


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names")
def test_the_probe_for_abstract_names_agrees_with_a_listener(answers: dict[str, bool]) -> None:
    try:
        listen(Name.unique()).close()
    except OSError:
        works = False
    else:
        works = True
    assert capabilities.available("abstract_ns_ud_socket") is works


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names")
def test_the_probe_for_abstract_names_notices_a_system_without_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Refusing:
        closed = False

        def __init__(self, *arguments: object) -> None:
            pass

        def bind(self, address: object) -> None:
            raise OSError(22, "Invalid argument")

        def close(self) -> None:
            type(self).closed = True

    monkeypatch.setattr("_socket.socket", Refusing)
    assert not _probes.abstract_namespace()
    assert Refusing.closed


@pytest.mark.skipif(sys.platform == "win32", reason="the Unix backend's rename")
def test_the_probe_for_swapping_agrees_with_two_files(
    tmp_path: Path, answers: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sys.platform != "win32"
    from interprocess.os.unix._files import renaming

    for name in ("one", "other"):
        (tmp_path / name).write_text(name)
    try:
        renaming.rename_exchange(bytes(tmp_path / "one"), bytes(tmp_path / "other"))
    except renaming.RenameUnsupportedError:
        pass
    assert _probes.rename_exchange() is ((tmp_path / "one").read_text() == "other")

    def refuse(first: bytes, second: bytes) -> None:
        raise renaming.RenameUnsupportedError

    monkeypatch.setattr(renaming, "rename_exchange", refuse)
    assert not _probes.rename_exchange()


@pytest.mark.skipif(
    sys.platform == "win32" or not capabilities.available("peer_creds"),
    reason="this system does not report peer credentials",
)
def test_the_probes_for_peer_credentials_agree_with_a_stream(answers: dict[str, bool]) -> None:
    name = Name.unique("interprocess-test")
    with listen(name) as listener, connect(name) as stream, listener.accept():
        creds = stream.peer_creds()
    assert capabilities.available("peer_creds_pid") is (creds.pid is not None)
    assert capabilities.available("peer_creds_groups") is (creds.groups is not None)


def test_a_status_is_ready_for_json() -> None:
    for name, status in capabilities.for_target().items():
        loaded = json.loads(json.dumps(status.as_dict()))
        assert loaded["name"] == name
        assert loaded["condition"] == str(status.capability.condition)
        assert loaded["available"] is status.available
        assert loaded["reason"] == status.reason
        assert bool(loaded["reason"]) is not status.available


@given(st.sampled_from(list(SYSTEMS)), st.sampled_from(sorted(PROCESSORS)), st.booleans())
def test_every_target_is_of_one_family_and_no_processor_matters(
    system: str, processor: str, with_features: bool
) -> None:
    features = ["trio"] if with_features else []
    arch, pointer_width, endian = PROCESSORS[processor]
    usual = Target.named(system, features=features)
    target = usual.replace(arch=arch, pointer_width=pointer_width, endian=endian)
    exposed = {name: each.exposed for name, each in capabilities.for_target(target).items()}
    assert exposed["unix"] is not exposed["windows"]
    assert exposed["unix"] or not exposed["linux"]
    # As docs/platforms.md says.
    assert exposed == {name: each.exposed for name, each in capabilities.for_target(usual).items()}


def test_the_documented_matrix_is_current() -> None:
    document = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    assert document == matrix.markdown(), "interprocess capabilities --matrix > docs/platforms.md"


def test_the_matrix_has_every_system_and_asks_none(answers: dict[str, bool]) -> None:
    platforms = {platform.target.os: platform for platform in matrix.platforms()}
    assert list(platforms) == list(SYSTEMS)
    assert set(matrix.VERIFICATION) <= set(SYSTEMS)
    assert "pipe_size" in platforms["android"].as_dict()["exposed"]
    assert "pipe_size" not in platforms["macos"].as_dict()["exposed"]
    for name in CAPABILITIES:
        assert f"| `{name}` |" in matrix.markdown()
    assert answers == {}


def imported_by(*modules: str) -> set[str]:
    """Return what a fresh interpreter loads for some modules, beyond what it had anyway."""
    code = (
        f"import sys; before = set(sys.modules); import {', '.join(modules)};"
        " print(*set(sys.modules) - before)"
    )
    process = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return set(process.stdout.decode().split())


def test_a_gate_that_is_open_costs_one_module() -> None:
    loaded = imported_by("interprocess.capabilities")
    assert loaded - {"__future__"} == {"interprocess", "interprocess.capabilities"}


def test_the_registry_costs_no_slow_module() -> None:
    loaded = imported_by("interprocess.cfg", "interprocess.capabilities.registry")
    slow = {"typing", "dataclasses", "enum", "platform", "re", "importlib.metadata", "socket"}
    assert not loaded & slow


def test_gates_do_not_load_the_registry_before_a_name_is_missing() -> None:
    # CPython asks a module for `__path__` whenever something is imported from it.
    code = """if True:
        import sys, types
        import interprocess.local_socket
        from interprocess import capabilities
        sys.modules["gated"] = module = types.ModuleType("gated")
        module.name, module.__getattr__ = "exists", capabilities.gate("gated")
        from gated import name
        print(name, "interprocess.capabilities.registry" in sys.modules)
    """
    with python(code) as process:
        assert finish(process).split() == ["exists", "False"]
