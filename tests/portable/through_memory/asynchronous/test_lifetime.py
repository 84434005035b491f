"""The portable tests of what ends when, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_lifetime import *  # noqa: F403  # pytest collects what is here
