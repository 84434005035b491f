"""The portable tests of fairness, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_fairness import *  # noqa: F403  # pytest collects what is here
