"""Python imports this when it starts, where `run.py` has put it on its path."""

import os

_name = os.environ.get("INTERPROCESS_IMITATED_KERNEL")
if _name:
    from tests.kernels.process import become

    become(_name)
