"""The tests of messages for anyio, over memory."""

from __future__ import annotations

from tests.portable.asynchronous import test_anyio_messages

globals().update(
    {name: value for name, value in vars(test_anyio_messages).items() if name.startswith("test_")},
    run=test_anyio_messages.run,
)
