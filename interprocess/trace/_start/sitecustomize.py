"""Start tracing before a Python program begins that `python -m interprocess trace` runs.

Python imports this module at startup, since its directory comes first in `sys.path`. This module
removes the directory from the path and then runs the `sitecustomize` that it has hidden.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != _here]


def _start(directory: str) -> None:
    """Trace this process, if its Python can import the package."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(_here)))
    try:
        import interprocess  # noqa: F401  # only checks that it can be imported
    except ImportError:  # The program may extend its path only later.
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
