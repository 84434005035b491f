"""The base of immutable values: names, options, modes, credentials."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeVar

    ValueType = TypeVar("ValueType", bound="Value")


class Value:
    """An immutable object defined by its fields: comparable, hashable, printable, cheap to copy.

    A subclass names its fields in `__slots__`, takes each as an argument of the same name and hands
    them all to `Value.__init__`. A slot `_field` is read through a property `field`.

    (`dataclasses` does the same, but importing it takes longer than importing this whole package.)
    """

    __slots__ = ()

    def __init__(self, **fields: object) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def _fields(self) -> Iterator[tuple[str, Any]]:
        for base in reversed(type(self).__mro__):
            for slot in base.__dict__.get("__slots__", ()):
                name = slot.lstrip("_")
                yield name, getattr(self, name)

    def replace(self: ValueType, **changes: Any) -> ValueType:
        """Return a copy with the given fields changed, checked as a new one would be.

        Raises `TypeError` for a field that does not exist.
        """
        return type(self)(**{**dict(self._fields()), **changes})

    def __copy__(self: ValueType) -> ValueType:
        return self

    def __deepcopy__(self: ValueType, memo: dict[int, Any]) -> ValueType:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), dict(self._fields()))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return tuple(self._fields()) == tuple(other._fields())

    def __hash__(self) -> int:
        return hash((type(self), *self._fields()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._fields())
        return f"{type(self).__name__}({fields})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be deleted")


def _restore(cls: type[ValueType], fields: dict[str, Any]) -> ValueType:
    """Recreate a pickled value through its constructor, which checks it again."""
    return cls(**fields)
