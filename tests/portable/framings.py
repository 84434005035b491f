"""The framings that the tests of messages try, and streams that have them."""

from __future__ import annotations

from typing import Any

import pytest

from interprocess.local_socket import pair
from interprocess.messages import (
    Delimiter,
    Framing,
    LengthPrefix,
    MessageStream,
    MultiprocessingFraming,
)

FRAMINGS = [
    *(LengthPrefix(width) for width in (1, 2, 4, 8)),
    *(LengthPrefix(width, "little") for width in (2, 4, 8)),
    Delimiter(b"\n"),
    Delimiter(b"\r\n"),
    Delimiter(b"aab"),
    MultiprocessingFraming(),
]

framings = pytest.mark.parametrize("framing", FRAMINGS, ids=repr)


def streams(framing: Framing, *, receiving: Framing | None = None) -> tuple[Any, Any]:
    first, second = pair()
    return MessageStream(first, framing), MessageStream(second, receiving or framing)
