"""What stands in the way of a release is found, and preparing one removes it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from interprocess import __version__
from tests.packaging import distributions, release
from tests.support import ROOT

CHANGELOG = """# Changelog

## [Unreleased]

### Added

- A thing.

### Fixed

- Another.

## [0.1.0] - 2026-01-02

### Added

- Everything.
"""
RELEASED = CHANGELOG.replace("[Unreleased]", "[0.2.0] - 2026-02-03")


def test_the_version_is_found() -> None:
    assert release.version() == __version__


def test_the_changelog_has_the_form() -> None:
    release.check_changelog(release.CHANGELOG.read_text("utf-8"))
    release.check_changelog(CHANGELOG)
    release.check_changelog(RELEASED)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("### Added\n\n- A", "### Mended\n\n- A", "the groups"),
        ("### Fixed", "### Added", "the groups"),
        ("### Added\n\n- A", "### Security\n\n- A", "the groups"),
        ("[Unreleased]", "[Unreleased] - 2026-02-03", "not Unreleased"),
        ("[0.1.0] - 2026-01-02", "[0.1.0]", "not 0.1.0"),
        ("[Unreleased]", "[0.0.1] - 2026-02-03", "out of order"),
    ],
)
def test_another_form_is_found(old: str, new: str, complaint: str) -> None:
    with pytest.raises(release.NotReadyError, match=complaint):
        release.check_changelog(CHANGELOG.replace(old, new, 1))


def test_a_release_that_is_ready() -> None:
    release.check_release(RELEASED, "0.2.0", ["v0.1.0"], [])
    release.check_release(RELEASED, "0.2.0", ["v0.1.0", "v0.2.0"], ["v0.2.0"])


@pytest.mark.parametrize(
    ("text", "version", "tags", "complaint"),
    [
        (CHANGELOG, "0.2.0", [], "begins with Unreleased"),
        (RELEASED, "0.1.0", [], "begins with 0.2.0"),
        (RELEASED.replace("2026-02", "9999-02"), "0.2.0", [], "and today is"),
        (RELEASED, "0.2.0", ["v0.2.0"], "another commit's"),
        (RELEASED, "0.2.0", ["v0.10.0"], "comes before v0.10.0"),
    ],
)
def test_a_release_that_is_not_ready(
    text: str, version: str, tags: list[str], complaint: str
) -> None:
    with pytest.raises(release.NotReadyError, match=complaint):
        release.check_release(text, version, tags, [])


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(release, "CHANGELOG", tmp_path / "CHANGELOG.md")
    monkeypatch.setattr(release, "VERSION_FILE", tmp_path / "__init__.py")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "__init__.py").write_text('"""A package."""\n\n__version__ = "0.1.0"\n')
    return tmp_path


def test_preparing_makes_version_and_changelog_agree(tree: Path) -> None:
    release.prepare("0.2.0")
    assert release.version() == "0.2.0"
    text = (tree / "CHANGELOG.md").read_text()
    assert release.headings(text)[0] == ("0.2.0", release.today())
    release.check_release(text, "0.2.0", [], [])


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.2", "v0.2.0"])
def test_preparing_refuses_what_is_no_later_version(tree: Path, version: str) -> None:
    with pytest.raises(release.NotReadyError):
        release.prepare(version)
    assert release.version() == "0.1.0"


def test_preparing_twice_is_refused(tree: Path) -> None:
    release.prepare("0.2.0")
    (tree / "CHANGELOG.md").write_text(
        (tree / "CHANGELOG.md").read_text().replace("## [0.2.0]", "## [Unreleased]\n\n## [0.2.0]")
    )
    with pytest.raises(release.NotReadyError, match="nothing under Unreleased"):
        release.prepare("0.3.0")


def test_anchors_are_those_of_the_headings(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# Two words\n\n## `code`, and more: here\n")
    assert distributions.anchors(document) == {"two-words", "code-and-more-here"}


@pytest.fixture
def build_hook(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module, without the build tool for which it is."""
    name = "hatchling.metadata.plugin.interface"
    stand_in = SimpleNamespace(MetadataHookInterface=object)
    monkeypatch.setitem(sys.modules, name, stand_in)
    for parent in ("hatchling", "hatchling.metadata", "hatchling.metadata.plugin"):
        monkeypatch.setitem(sys.modules, parent, SimpleNamespace())
    specification = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


README = (
    "[docs/a.md](docs/a.md#part), [a part](docs/a.md), [this page](#part), [there](https://x.y/)\n"
)


def test_links_lead_to_the_repository_if_it_has_an_address(build_hook: Any) -> None:
    assert build_hook.for_the_index(README, "https://x.y/z", "1.2.3") == (
        "[docs/a.md](https://x.y/z/blob/v1.2.3/docs/a.md#part),"
        " [a part](https://x.y/z/blob/v1.2.3/docs/a.md), [this page](#part), [there](https://x.y/)\n"
    )


def test_links_are_paths_as_long_as_it_has_none(build_hook: Any) -> None:
    assert build_hook.for_the_index(README, None, "1.2.3") == (
        "`docs/a.md`, a part, [this page](#part), [there](https://x.y/)\n"
    )
