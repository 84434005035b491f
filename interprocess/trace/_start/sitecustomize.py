"""Starts tracing in a Python program that `python -m interprocess trace` runs, before it begins.

Python imports this when it starts, since its directory comes first on the path. The directory goes
from the path at once, and the `sitecustomize` that would have been imported runs after this.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != _here]


def _start(directory: str) -> None:
    """Trace this process, if it is a Python that can import the package."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(_here)))
    try:
        import interprocess  # noqa: F401  # whether it is there
    except ImportError:  # Where the program looks for modules is not known yet.
        sys.path.append(root)
    try:
        from interprocess.trace import _files
    except ImportError:
        return  # Without cffi, nothing can be traced.
    finally:
        if sys.path and sys.path[-1] == root:
            sys.path.pop()
    _files.record_into(directory)


_directory = os.environ.get("INTERPROCESS_TRACE")
if _directory:
    _start(_directory)

_next = PathFinder.find_spec("sitecustomize", sys.path)
if _next is not None and _next.loader is not None:
    _module = module_from_spec(_next)
    sys.modules["sitecustomize"] = _module
    _next.loader.exec_module(_module)
