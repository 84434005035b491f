"""`import interprocess` alone gives every name of the top, whichever is used first."""

from __future__ import annotations

import pytest

import interprocess
from tests.support import finish, python


@pytest.mark.parametrize("name", sorted({*interprocess.__all__} - {"__version__"}))
def test_a_name_that_is_the_first_to_be_used(name: str) -> None:
    code = f"import interprocess; print(interprocess.{name}.__name__)"
    with python(code) as process:
        assert finish(process).strip() in (name, f"interprocess.{name}")
