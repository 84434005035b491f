"""The line of the user's program that caused a call."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    #: The file, the line in it and the function.
    Place = tuple[str, int, str]

_PACKAGE = __name__.partition(".")[0]

#: The directory of the standard library and of installed packages.
_LIBRARIES = tuple(
    os.path.dirname(os.path.realpath(path)) + os.sep
    for path in (getattr(os, "__file__", None),)  # Frozen modules may have none.
    if path
)


def place_of(frame: FrameType | None) -> Place | None:
    """Return the nearest place above FRAME that is neither this package nor the standard library.

    If asyncio makes the call in a callback for a waiting task, return the place of the task. If all
    places are in the standard library, return the nearest one.
    """
    nearest: Place | None = None
    while frame is not None:
        code = frame.f_code
        if frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
            if code.co_name == "_ready":
                waiting = _place_of_waiter(frame.f_locals.get("waiter"))
                if waiting is not None:
                    return waiting
        elif not _is_library(code):
            return code.co_filename, frame.f_lineno, code.co_name
        elif nearest is None:
            nearest = (code.co_filename, frame.f_lineno, code.co_name)
        frame = frame.f_back
    return nearest


def _is_library(code: CodeType) -> bool:
    name = code.co_filename
    return name.startswith(("<frozen ", *_LIBRARIES))


def _place_of_waiter(waiter: Any) -> Place | None:
    """Return the place of the task that waits for a future."""
    callbacks = getattr(waiter, "_callbacks", None)
    task: Any = getattr(callbacks[0][0], "__self__", None) if callbacks else None
    awaited: Any = task.get_coro() if hasattr(task, "get_coro") else None
    place: Place | None = None
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None:
            name = frame.f_globals.get("__name__", "")
            if name.partition(".")[0] != _PACKAGE and not _is_library(frame.f_code):
                place = (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        awaited = getattr(awaited, "cr_await", None)
    return place


def shown(place: Place) -> str:
    """Return a place as text, with a relative path if it is below the current directory."""
    path, line, _ = place
    here = os.getcwd() + os.sep
    return f"{path[len(here) :] if path.startswith(here) else path}:{line}"
