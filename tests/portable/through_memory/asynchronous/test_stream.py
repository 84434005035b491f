"""The portable tests of asynchronous streams, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_stream import *  # noqa: F403  # pytest collects what is here

#: Tests of what is not so here, and why.
NOT_HERE = {
    "test_adoption": "without its memory a descriptor is of no use",
}
for each in NOT_HERE:
    del globals()[each]
