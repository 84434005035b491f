"""Python imports this when it starts, where `run.py` has put it on its path."""

import os
import sys

_name = os.environ.get("INTERPROCESS_IMITATED_KERNEL")
# mypy is compiled, for the system that it was compiled on.
if _name and "mypy" not in getattr(sys, "orig_argv", ()):
    from tests.kernels.process import become

    become(_name)
