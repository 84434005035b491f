"""Check the classes of arguments; the errors name the expected class."""

from __future__ import annotations


def check_type(call: str, thing: object, kind: type[object]) -> None:
    """Raise `TypeError` unless THING, the argument of CALL, is an object of the class KIND."""
    if not isinstance(thing, kind):
        raise TypeError(f"{call} takes an {_name_of(kind)}, not {thing!r}")


def check_halves(
    recv_half: object,
    send_half: object,
    recv_half_type: type[object],
    send_half_type: type[object],
) -> None:
    """Raise `TypeError` unless the arguments of `reunite` are halves of these classes."""
    if not isinstance(recv_half, recv_half_type) or not isinstance(send_half, send_half_type):
        raise TypeError(
            f"reunite takes an {_name_of(recv_half_type)} and an {_name_of(send_half_type)},"
            f" not {recv_half!r} and {send_half!r}"
        )


def _name_of(kind: type[object]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
