"""Errors go to other processes and back: what `concurrent.futures` and `multiprocessing` pickle."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from interprocess import messages
from interprocess.errors import IncompleteReadError, UnexpectedObjectError, UnsupportedError

ERRORS = [
    IncompleteReadError(b"ab", 5),
    IncompleteReadError(b"ab", None),
    UnsupportedError(95, "not here", "name"),
    UnexpectedObjectError(71, "another object"),
    messages.FramingError("no message", b"received"),
    messages.MessageTooLongError(300, 100, b"received"),
    messages.AuthenticationError("another key"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("copied", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_copy_says_the_same(error: Exception, copied: Any) -> None:
    other = copied(error)
    assert type(other) is type(error)
    assert (str(other), other.args, vars(other)) == (str(error), error.args, vars(error))
    assert getattr(other, "errno", None) == getattr(error, "errno", None)
