"""The portable tests of `serve`, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_serving import *  # noqa: F403  # pytest collects what is here
