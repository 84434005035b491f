"""The moments at which two threads act on one resource, made to happen."""

from __future__ import annotations

import pytest

from interprocess._interface import lifetime
from interprocess._interface.lifetime import ClosedError, Lifetime


class Resource(Lifetime):
    """Notes what is done to it."""

    __slots__ = ("released", "woken")

    _kind = "resource"

    def __init__(self) -> None:
        super().__init__((7,))
        self.released: list[int] = []
        self.woken: list[int] = []

    def _wake(self, number: int) -> None:
        self.woken.append(number)

    def _release(self, taken: list[int]) -> None:
        self.released += taken
        del taken[:]


class Leaving(list[int]):
    """The calls in progress, which end as soon as they have been looked at."""

    def __contains__(self, note: object) -> bool:
        found = super().__contains__(note)
        self.clear()
        return found


class Watched(list[int]):
    """A place for the number, which notes whether calls could begin when it came back."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource.owned)
        self._resource = resource
        self.open_when_back: list[bool] = []

    def __iadd__(self, numbers: object) -> Watched:  # type: ignore[override, misc]  # a list's
        self.open_when_back.append(not self._resource.closing)
        self.extend(numbers)  # type: ignore[arg-type]  # likewise
        return self


def test_a_call_that_saw_it_being_taken_releases_nothing() -> None:
    resource = Resource()
    taken: list[int] = []
    resource.take(taken)  # Closed for a moment: a call leaves, and means to settle.
    resource.give_back(taken)
    resource.settle()
    assert resource.released == []
    assert resource.owned == [7]


def test_a_number_is_not_taken_while_calls_may_begin() -> None:
    resource = Resource()
    resource.uses = Leaving([lifetime.generation])
    taken: list[int] = []
    with pytest.raises(ValueError, match="another thread is inside a call"):
        resource.take(taken)
    resource.give_back(taken)
    resource.take(taken)
    assert resource.closing


def test_giving_back_does_not_undo_a_closing() -> None:
    resource = Resource()
    resource.owned = watched = Watched(resource)
    taken: list[int] = []
    resource.take(taken)
    resource.close()
    resource.give_back(taken)
    assert watched.open_when_back == [False]
    assert resource.released == [7]


def test_closing_wakes_and_the_last_call_releases() -> None:
    resource = Resource()
    resource.uses += (lifetime.generation,)
    resource.close()
    assert (resource.woken, resource.released) == ([7], [])
    resource.uses.pop()
    resource.settle()
    assert resource.released == [7]
    with pytest.raises(ClosedError):
        resource.take([])
