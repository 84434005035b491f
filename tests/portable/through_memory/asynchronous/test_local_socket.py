"""The portable tests of listeners and their clients, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_local_socket import *  # noqa: F403  # pytest collects what is here
