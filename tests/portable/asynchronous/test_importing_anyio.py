"""Modules that the anyio interface imports and requires."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("anyio", reason="anyio is not installed")

from interprocess import capabilities
from tests.support import finish, python

MODULES = ["local_socket", "unnamed_pipe", "messages"]
if capabilities.available("shared_memory_local_socket"):
    MODULES.append("shared_memory.local_socket")


@pytest.mark.parametrize("module", MODULES)
def test_without_anyio(module: str) -> None:
    code = f"""
import sys
import interprocess.{module}
sys.modules["anyio"] = None
try:
    import interprocess.{module}.anyio
except ImportError as error:
    assert 'pip install "pyinterprocess[anyio]"' in str(error), error
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_asyncio_does_not_need_trio() -> None:
    code = """if True:
        import sys
        sys.modules["trio"] = None
        import anyio
        from interprocess.local_socket.anyio import pair
        from interprocess.unnamed_pipe.anyio import pipe

        async def main():
            for sender, recver in pair(), pipe():
                async with sender, recver:
                    await sender.send(b"x")
                    assert await recver.receive() == b"x"
            print("worked")

        anyio.run(main)
    """
    with python(code) as process:
        assert finish(process).strip() == "worked"
