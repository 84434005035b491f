"""Offers of memory that arrive while an asynchronous server looks for them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from interprocess import local_socket as plain
from interprocess.local_socket import Name
from interprocess.os.windows._async_pipe.reads_and_writes import Read
from interprocess.shared_memory.local_socket import _layout
from interprocess.shared_memory.local_socket.asyncio import listen
from tests.support import PATIENCE

#: An offer without memory.
OFFER = _layout.offer_of(_layout.NO_MEMORY) + bytes(24)


def test_an_offer_that_comes_just_before_a_read_is_cancelled(
    name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[int] = []
    cancel = Read.cancel

    async def serve() -> bytes:
        listener = listen(name)
        with plain.connect(name) as client:

            def offer_first(read: Any) -> Any:
                if not offered:
                    offered.append(client.send(OFFER))
                return cancel(read)

            monkeypatch.setattr(Read, "cancel", offer_first)
            stream = await listener.accept()
            if not offered:
                client.send_all(OFFER)
            client.send_all(b"x")
            received: bytes = await asyncio.wait_for(stream.recv(10), PATIENCE)
        stream.close()
        listener.close()
        return received

    assert asyncio.run(serve()) == b"x"
