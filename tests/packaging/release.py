"""Prepares a release, and checks that it may be published. CONTRIBUTING.md has the procedure.

    release.py prepare VERSION    write the version, and give the changelog's section its name
    release.py check [--draft] [--tests PATHS]

`check` builds into `build/release/dist`, which it leaves for the upload. With `--draft` the tree
may be one between two releases: version, changelog and tags need not agree, and not everything
has to be committed. `--tests` are those that the unpacked source distribution runs: all by default.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.packaging import distributions

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
VERSION_FILE = ROOT / "interprocess" / "__init__.py"
CHANGELOG = ROOT / "CHANGELOG.md"

_VERSION = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
_HEADING = re.compile(r"^## \[(.*?)\](?: - (\d{4}-\d\d-\d\d))?$", re.MULTILINE)
#: The groups of a version's changes, in their order.
GROUPS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


class NotReadyError(Exception):
    """Something stands in the way of a release; the message says what."""


def version() -> str:
    """Return the package's version, from the one place that has it."""
    found = _VERSION.search(VERSION_FILE.read_text("utf-8"))
    assert found is not None
    return found[1]


def headings(text: str) -> list[tuple[str, str | None]]:
    """Return the versions of a changelog, each with its date, in their order."""
    return [(found[1], found[2]) for found in _HEADING.finditer(text)]


def section(text: str, name: str) -> str:
    """Return what a changelog says under a version."""
    found = next(found for found in _HEADING.finditer(text) if found[1] == name)
    following = _HEADING.search(text, found.end())
    return text[found.end() : following.start() if following else len(text)]


def prepare(new: str) -> None:
    """Write a new version, and give the section of what is unreleased its name."""
    if numbers(new) <= numbers(version()):
        raise NotReadyError(f"{new} does not come after {version()}")
    text = CHANGELOG.read_text("utf-8")
    if not section(text, "Unreleased").strip():
        raise NotReadyError("the changelog has nothing under Unreleased")
    heading = f"## [{new}] - {today()}"
    CHANGELOG.write_text(text.replace("## [Unreleased]", heading, 1), "utf-8")
    source = VERSION_FILE.read_text("utf-8")
    VERSION_FILE.write_text(_VERSION.sub(f'__version__ = "{new}"', source), "utf-8")
    print(f"{new}: commit this, run `make release-check`, and tag the commit v{new}")


def check_changelog(text: str) -> None:
    """Check the form of a changelog: versions in order, groups in order, each once."""
    versions = [name for name, _ in headings(text) if name != "Unreleased"]
    if versions != sorted(versions, key=numbers, reverse=True):
        raise NotReadyError(f"the changelog's versions are out of order: {versions}")
    for name, date in headings(text):
        if (date is None) != (name == "Unreleased"):
            raise NotReadyError(f"the changelog dates a version, and only that: not {name}")
        groups = re.findall(r"^### (.*)$", section(text, name), re.MULTILINE)
        if groups != [group for group in GROUPS if group in groups]:
            raise NotReadyError(f"{name} of the changelog has the groups {groups}, not {GROUPS}")


def check_release(text: str, current: str, tags: Sequence[str], tags_here: Sequence[str]) -> None:
    """Check that version, changelog and tags say the same."""
    (newest, date), *_ = headings(text)
    if newest != current:
        raise NotReadyError(f"the version is {current}, and the changelog begins with {newest}")
    if date is None or date > today():
        raise NotReadyError(f"the changelog dates {newest} {date}, and today is {today()}")
    if f"v{current}" in tags and f"v{current}" not in tags_here:
        raise NotReadyError(f"the tag v{current} is another commit's")
    later = [tag for tag in tags if numbers(tag[1:]) > numbers(current)]
    if later:
        raise NotReadyError(f"{current} comes before {', '.join(later)}")


def check_tree() -> None:
    """Check that everything is committed, and that version, changelog and tags agree."""
    if git("status", "--porcelain"):
        raise NotReadyError("not everything is committed")
    tags = [tag for tag in git("tag").split() if re.fullmatch(r"v\d+(\.\d+)*", tag)]
    here = git("tag", "--points-at", "HEAD").split()
    check_release(CHANGELOG.read_text("utf-8"), version(), tags, here)


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a version."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", text):
        raise NotReadyError(f"{text!r} is no version such as 1.2.3")
    return tuple(map(int, text.split(".")))


def today() -> str:
    """Return today's date, as the changelog has it."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def git(*arguments: str) -> str:
    """Return what git says."""
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def check(draft: bool, tests: Sequence[str]) -> int:
    """Make every check, and return how many found something."""
    made = distributions.Distributions(ROOT, BUILD, version())
    checks: list[tuple[str, Callable[[], None]]] = [
        ("the changelog's form", lambda: check_changelog(CHANGELOG.read_text("utf-8"))),
        ("source distribution and wheel can be built", made.build),
        ("twine", made.check_with_twine),
        ("the wheel has the package, and nothing else", made.check_wheel),
        ("the source distribution has all that its tests need", made.check_source),
        ("metadata", made.check_metadata),
        ("links", made.check_links),
        ("the wheel in an environment of its own", made.check_installed),
        ("public types, complete for each platform", made.check_types),
        ("the source distribution's own tests", lambda: made.run_tests(tests)),
    ]
    if not draft:
        checks.insert(0, ("version, changelog and tags", check_tree))
    failed = 0
    for title, run in checks:
        try:
            run()
        except (NotReadyError, distributions.WrongError) as error:
            failed += 1
            print(f"FAILED {title}: {error}", flush=True)
        else:
            print(f"ok     {title}", flush=True)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return failed


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare").add_argument("version")
    checking = commands.add_parser("check")
    checking.add_argument("--draft", action="store_true")
    checking.add_argument("--tests", nargs="+", default=[], metavar="PATH")
    options = parser.parse_args()
    if options.command == "check":
        return check(options.draft, options.tests)
    try:
        prepare(options.version)
    except NotReadyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
