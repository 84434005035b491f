"""The portable tests of `wait`, over memory."""

from __future__ import annotations

from tests.portable.test_accepting import *  # noqa: F403  # pytest collects what is here
from tests.portable.test_wait import *  # noqa: F403  # likewise
