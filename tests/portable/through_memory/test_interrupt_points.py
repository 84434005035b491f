"""The portable tests of interrupts at every point, over memory."""

from __future__ import annotations

from tests.portable.test_interrupt_points import *  # noqa: F403  # pytest collects what is here
