"""The programs in docs/asynchronous.md run, and the other pieces of code there can be read."""

from __future__ import annotations

import re

import pytest

from tests.support import ROOT, finish, python, unique

TEXT = (ROOT / "docs" / "asynchronous.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
PROGRAMS = [block for block in BLOCKS if ".run(main" in block]
OUTPUTS = [
    "b'Hello, world!'",
    r"b'HELLO\n'",
    "b'Hello, world!'",
    "b'HELLO'",
    "nothing came\nb'late'",
]


def test_all_compile() -> None:
    assert len(PROGRAMS) == len(OUTPUTS)
    for block in BLOCKS:
        compile(block, "docs/asynchronous.md", "exec")


@pytest.mark.parametrize("number", range(len(OUTPUTS)))
def test_the_programs(number: int) -> None:
    code = PROGRAMS[number]
    for runtime in ("trio", "anyio"):
        if f"import {runtime}" in code:
            pytest.importorskip(runtime, reason=f"{runtime} is not installed")
    name = unique("documentation")
    with python(code.replace('"example"', repr(name))) as process:
        assert finish(process).replace("\r\n", "\n").strip() == OUTPUTS[number]
