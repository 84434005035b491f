"""iceoryx2's Python binding: publishers and subscribers over shared memory, polling."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import iceoryx2  # type: ignore[import-not-found, unused-ignore]  # not installed everywhere

from tests.benchmarks.model import NotMeasuredError
from tests.benchmarks.peers.interface import Connection

#: How many messages wait for a subscriber before a publisher waits. With 256, some were lost.
BUFFERED = 16


class Iceoryx2:
    """A service for each direction."""

    def __init__(self) -> None:
        iceoryx2.set_log_level(iceoryx2.LogLevel.Error)

    def listen(self, address: str) -> Server:
        return Server(_Connection(address, "there", "back"))

    def connect(self, address: str) -> Connection:
        return _Connection(address, "back", "there")


class Server:
    """There is no accepting: the first process waits for the other's messages."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def accept(self) -> Connection:
        return self._connection

    def close(self) -> None:
        pass


class _Connection:
    def __init__(self, address: str, receiving: str, sending: str) -> None:
        self._node = iceoryx2.NodeBuilder.new().create(iceoryx2.ServiceType.Ipc)
        self._subscriber: Any = self._service(address, receiving).subscriber_builder().create()
        builder = self._service(address, sending).publisher_builder()
        # Without these, messages are lost if the subscriber falls behind, and have one byte each.
        builder = builder.backpressure_strategy(iceoryx2.BackpressureStrategy.RetryUntilDelivered)
        builder = builder.allocation_strategy(iceoryx2.AllocationStrategy.PowerOfTwo)
        self._publisher: Any = builder.create()

    def _service(self, address: str, direction: str) -> Any:
        name = iceoryx2.ServiceName.new(f"{address}/{direction}")
        builder = self._node.service_builder(name)
        builder = builder.publish_subscribe(iceoryx2.Slice[ctypes.c_uint8])
        builder = builder.enable_safe_overflow(False).subscriber_max_buffer_size(BUFFERED)
        return builder.open_or_create()

    def sender(self) -> Callable[[bytes], object]:
        loan = self._publisher.loan_slice_uninit

        def send(data: bytes) -> None:
            sample = loan(len(data))
            sample.payload().as_memory_view().cast("B")[:] = data
            sample.assume_init().send()

        return send

    def receiver(self, size: int) -> Callable[[], bytes]:
        receive = self._subscriber.receive

        def received() -> bytes:
            while True:
                sample = receive()
                if sample is not None:
                    data = bytes(sample.payload().as_memory_view())
                    sample.delete()
                    return data

        return received

    def absorb(self, size: int, count: int) -> tuple[int, bytes]:
        raise NotMeasuredError("it takes part only in round trips")

    def close(self) -> None:
        self._publisher.delete()
        self._subscriber.delete()
