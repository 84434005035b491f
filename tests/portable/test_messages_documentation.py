"""The programs in docs/messages.md run, and the other pieces of code there can be read."""

from __future__ import annotations

import re

import pytest

from tests.support import ROOT, finish, python

TEXT = (ROOT / "docs" / "messages.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
PROGRAMS = [block for block in BLOCKS if "print(" in block]
OUTPUTS = ["[b'one', b'two', b'', b'three']", "[b'one']"]


def test_all_compile() -> None:
    assert len(PROGRAMS) == len(OUTPUTS)
    for block in BLOCKS:
        compile(block, "docs/messages.md", "exec")


@pytest.mark.parametrize("number", range(len(OUTPUTS)))
def test_the_programs(number: int) -> None:
    with python(PROGRAMS[number]) as process:
        assert finish(process).strip() == OUTPUTS[number]
