"""The descriptions of other kernels, and what is made of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from interprocess.capabilities import matrix
from interprocess.cfg import Target
from tests.kernels import document, process
from tests.kernels.kernel import Behaviour, Kernel
from tests.support import ROOT

KERNELS = {kernel.name: kernel for kernel in document.kernels()}


def test_the_matrix_says_whose_kernels_are_imitated() -> None:
    assert set(KERNELS) == matrix.IMITATED


def test_every_difference_is_answered() -> None:
    assert set(document.ANSWERS) == set(Behaviour)


def test_every_answer_is_shown_by_a_test() -> None:
    assert set(document.SHOWN_BY) == {each for each, answer in document.ANSWERS.items() if answer}
    for test in document.SHOWN_BY.values():
        file, _, name = test.partition("::")
        assert f"def {name}(" in Path(ROOT, "tests", file).read_text()


def test_every_behaviour_is_some_kernels() -> None:
    has = {each.behaviour for kernel in KERNELS.values() for each in kernel.differences}
    assert has == set(Behaviour)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_no_difference_is_described_twice(kernel: Kernel) -> None:
    behaviours = [each.behaviour for each in kernel.differences]
    assert len(behaviours) == len(set(behaviours))
    assert all(each.source for each in kernel.differences)
    assert all(each.source for each in kernel.missing)


def test_the_document_is_current() -> None:
    written = Path(ROOT, "docs", "kernels.md").read_text()
    assert written == document.markdown(), "python -m tests.kernels.document > docs/kernels.md"


imitated = os.environ.get(process.VARIABLE)


@pytest.mark.skipif(not imitated, reason="no kernel is imitated")
def test_this_process_is_one_of_the_system() -> None:
    from interprocess._bindings import libc

    kernel = KERNELS[str(imitated)]
    assert sys.platform == kernel.platform
    assert sys.modules[f"interprocess._bindings.{kernel.bindings}"]
    assert type(libc.libc).__name__ == "ImitatedLibrary"
    assert Target.current().os in (kernel.name, kernel.platform)
    assert hasattr(os, "pipe2") is not kernel.lacks("pipe2")
