"""The plain local sockets, synchronous or not, at one end of a connection through memory.

- `main` was connected first. It wakes a side that waits for data, knows the peer's credentials, and
  ends with the peer. Without memory, all bytes go over it.
- `room` wakes a side that waits for room.
- `carrier` carries objects (`send_object`). On the others, a side that waits may receive the bytes
  of an object, and lose the object.

The last two are `None` before both sides agree on memory, and without memory.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class Wires:
    """The local sockets of a stream or, for half a stream, their halves."""

    __slots__ = ("carrier", "main", "room")

    def __init__(self, main: Any, room: Any = None, carrier: Any = None) -> None:
        self.main = main
        self.room = room
        self.carrier = carrier

    def __iter__(self) -> Iterator[Any]:
        return iter((self.main, self.room, self.carrier))

    def close(self) -> None:
        """Close all of them; closing again does nothing."""
        try:
            self.main.close()
        finally:
            for wire in (self.room, self.carrier):
                if wire is not None:
                    wire.close()

    def clone(self) -> Wires:
        """Return clones of all."""
        clones = Wires(self.main.try_clone())
        try:
            clones.room = self.room and self.room.try_clone()
            clones.carrier = self.carrier and self.carrier.try_clone()
        except BaseException:
            clones.close()
            raise
        return clones

    def move(self, there: Callable[[Any], Any], back: Callable[[Any], Any]) -> list[Any]:
        """Return the results of THERE for all, each of which gives up its connection to its result.

        If one fails, BACK restores those before it from their results.
        """
        results: list[Any] = []
        try:
            for wire in self:
                results.append(None if wire is None else there(wire))
        except BaseException:
            for name, result in zip(("main", "room"), results):
                if result is not None:
                    setattr(self, name, back(result))
            raise
        return results

    def split(self) -> tuple[Wires, Wires]:
        """Return the wires of a receiving and of a sending half.

        Each half gets the half of `room` on which its calls do not wait for the other half's: the
        receiving half wakes the peer's sender.
        """
        reunite = type(self.main).reunite
        main, room, carrier = self.move(lambda wire: wire.split(), lambda pair: reunite(*pair))
        if room is None:
            return Wires(main[0]), Wires(main[1])
        return Wires(main[0], room[1], carrier[0]), Wires(main[1], room[0], carrier[1])


def reunited(receiving: Wires, sending: Wires, reunite: Callable[[Any, Any], Any]) -> Wires:
    """Undo `split`. After an error, both halves have their wires again."""
    whole = Wires(reunite(receiving.main, sending.main))
    try:
        if sending.room is not None:
            whole.room = reunite(sending.room, receiving.room)
            whole.carrier = reunite(receiving.carrier, sending.carrier)
    except BaseException:
        receiving.main, sending.main = whole.main.split()
        if whole.room is not None:
            sending.room, receiving.room = whole.room.split()
        raise
    return whole
