"""The portable tests of streams, over memory."""

from __future__ import annotations

from tests.portable.test_concurrency import *  # noqa: F403  # pytest collects what is here
from tests.portable.test_inputs import *  # noqa: F403  # likewise
from tests.portable.test_last_words import *  # noqa: F403  # likewise
from tests.portable.test_makefile import *  # noqa: F403  # likewise
from tests.portable.test_stream import *  # noqa: F403  # likewise
from tests.portable.test_writing import *  # noqa: F403  # likewise

#: Tests of what is not so here, and why.
NOT_HERE = {
    "test_detach_while_a_call_is_in_progress_is_refused": "without its memory it is of no use",
    "test_connecting_and_accepting_for_ever": "the options are those of a plain socket",
}
for each in NOT_HERE:
    del globals()[each]
