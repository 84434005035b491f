"""The portable tests of cancellation, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_cancellation import *  # noqa: F403  # pytest collects what is here
from tests.portable.asynchronous.test_cut_short import *  # noqa: F403  # likewise
