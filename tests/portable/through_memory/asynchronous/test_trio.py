"""The tests of trio's interfaces, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_trio import *  # noqa: F403  # pytest collects what is here
