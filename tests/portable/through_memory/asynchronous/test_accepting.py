"""The portable tests of accepting, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_accepting import *  # noqa: F403  # pytest collects what is here
