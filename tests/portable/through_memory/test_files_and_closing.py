"""The portable tests of files that outlive their streams, over memory."""

from __future__ import annotations

from tests.portable.test_files_and_closing import *  # noqa: F403  # pytest collects what is here

#: Tests of what is not so here, and why.
NOT_HERE = {
    "test_what_is_given_up_is_taken_from_its_files": "without its memory it is of no use",
    "test_the_last_one_closes_the_connection": "a connection has more than one descriptor",
}
for each in NOT_HERE:
    del globals()[each]
