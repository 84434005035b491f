"""Every snippet of the documentation runs, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import TESTED_ELSEWHERE, Page, pages
from tests.support import ROOT

DOCS = ROOT / "docs"


@pytest.mark.parametrize(
    ("path", "section"),
    [
        pytest.param(path, section, id=f"{path.relative_to(DOCS).as_posix()} {section}".rstrip())
        for path, section in pages()
    ],
)
def test_the_snippets_of_a_page(path: Path, section: str, tmp_path: Path) -> None:
    page = Page(path, tmp_path, section)
    page.check_needs()
    page.run()


def test_a_page_is_tested_once() -> None:
    for name, test in TESTED_ELSEWHERE.items():
        assert (DOCS / name).exists()
        assert name in (ROOT / "tests" / test).read_text("utf-8"), f"{test} does not read {name}"
