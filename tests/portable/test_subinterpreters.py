"""Sub-interpreters that share the GIL of the main one can use the package, beside it.

cffi refuses the isolated ones of Python 3.12 and later; `test_missing_cffi` has the error.
"""

from __future__ import annotations

import sys
import sysconfig

import pytest

from tests.support import ROOT, finish, python

pytestmark = [
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="only CPython has them"),
    pytest.mark.skipif(
        bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        reason="without a GIL there is none to share: cffi is refused in every sub-interpreter",
    ),
]

USE = f"""if True:
    import sys
    sys.path[:0] = [{str(ROOT)!r}, *PATH]
    import asyncio
    from interprocess.local_socket import connect, listen, serve
    from interprocess.local_socket.asyncio import pair
    from interprocess.unnamed_pipe import pipe
    import threading

    listener = listen()
    serving = threading.Thread(
        target=serve, args=(listener, lambda stream: stream.send_all(stream.recv(10) * 2))
    )
    serving.start()
    with connect(listener.name) as client:
        client.send_all(b"x")
        received = client.recv_exactly(2)
        client.set_recv_timeout(0.01)
    listener.close()
    serving.join()

    async def use():
        first, second = pair()
        async with first, second:
            await first.send_all(b"y")
            return await second.recv(10)

    if sys.platform == "win32":  # CPython's own event loop there is for the main interpreter.
        received += b"y"
    else:
        received += asyncio.run(use())
    sender, recver = pipe()
    with sender, recver:
        sender.send_all(b"z")
        received += recver.recv(10)
    print(received.decode(), flush=True)
"""

PROGRAM = f"""if True:
    import sys
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    use = {USE!r}.replace("PATH", repr(sys.path))
    if sys.version_info >= (3, 13):
        create = lambda: interpreters.create("legacy")
    else:
        create = lambda: interpreters.create(isolated=False)
    exec(use, {{}})
    identifiers = [create(), create()]
    for identifier in identifiers * 2:
        error = interpreters.run_string(identifier, use)
        if error is not None:
            print(error)
    for identifier in identifiers:
        interpreters.destroy(identifier)
    exec(use, {{}})
    print("ended")
"""


def test_beside_the_main_interpreter() -> None:
    with python(PROGRAM) as process:
        assert finish(process).split() == ["xxyz"] * 6 + ["ended"]
