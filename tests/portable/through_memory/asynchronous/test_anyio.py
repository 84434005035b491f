"""The tests of anyio's interfaces, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_anyio import *  # noqa: F403  # pytest collects what is here
