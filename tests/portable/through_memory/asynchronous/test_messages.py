"""The portable tests of asynchronous messages, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_messages import *  # noqa: F403  # pytest collects what is here
