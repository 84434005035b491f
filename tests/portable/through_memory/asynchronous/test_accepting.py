"""The portable tests of accepting, over memory."""

from __future__ import annotations

from tests.portable.asynchronous.test_accepting import *  # noqa: F403  # pytest collects what is here

#: Tests of what is not so here, and why.
NOT_HERE = {
    "test_serving_of_others_goes_on": "there is no module for anyio",
}
for each in NOT_HERE:
    del globals()[each]
