"""Reads docs/troubleshooting.md, and compares its headings with the errors that they name.

The tests of `portable`, `linux` and `windows` each have the causes of some headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support import ROOT
from tests.windows.wine import IS_WINE

_HEADING = re.compile(r"^### `(\w+): (.*)`$", re.MULTILINE)

#: The class of the error under each heading, by the error's message.
KINDS = {
    message: kind
    for kind, message in _HEADING.findall((ROOT / "docs" / "troubleshooting.md").read_text("utf-8"))
}


def check(message: str, cause: Callable[[], object]) -> None:
    """Call CAUSE, and see that it raises the error of the heading that has this MESSAGE.

    Numbers may differ, except those of Windows' errors; Wine words the texts of these differently.
    """
    with pytest.raises(Exception, match=r".") as raised:
        cause()
    assert KINDS[message] in {base.__name__ for base in type(raised.value).__mro__}
    expected = _without_numbers(message)
    if IS_WINE:
        expected = re.sub(r"(\[WinError \d+\] \w+: ).*", r"\1", expected)
    assert expected in _without_numbers(str(raised.value))


def _without_numbers(text: str) -> str:
    return re.sub(r"(?<!WinError )\b\d+\b", "…", text)
