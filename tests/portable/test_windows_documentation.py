"""docs/windows.md names the tests that prove its statements."""

from __future__ import annotations

import ast
import re

from tests.support import ROOT


def in_file(file: str) -> dict[str, bool]:
    """Return the names of the tests in a file, and whether each is skipped on Wine."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {
        node.name: any(
            "lacking_on_wine" in ast.dump(decorator) for decorator in node.decorator_list
        )
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


def test_the_tests_that_the_page_names_are_there() -> None:
    page = (ROOT / "docs" / "windows.md").read_text(encoding="utf-8")
    names = re.findall(r"`([\w/]+\.py)?::(\w+)`(\*?)", page)
    assert len(names) > 40
    tests: dict[str, bool] = {}
    for file, name, asterisk in names:
        if file:
            tests = in_file(file)
        assert name in tests
        assert tests[name] is bool(asterisk), name
