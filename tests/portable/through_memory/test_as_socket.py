"""The portable tests of streams as sockets, over memory."""

from __future__ import annotations

from tests.portable.test_as_socket import *  # noqa: F403  # pytest collects what is here

#: Tests of what is not so here, and why.
NOT_HERE = {
    "test_detaching_gives_up_the_descriptor": "without its memory it is of no use",
    "test_detaching_waits_for_nobody": "likewise",
}
for each in NOT_HERE:
    del globals()[each]
