"""The portable tests of messages, over memory."""

from __future__ import annotations

from tests.portable.test_message_limits import *  # noqa: F403  # pytest collects what is here
from tests.portable.test_messages import *  # noqa: F403  # likewise
