"""Importing local sockets imports no slow module before it is needed."""

from __future__ import annotations

import pytest

from tests.support import finish, python

#: Modules that each take as long to import as a good part of this package.
SLOW = {"asyncio", "cffi", "dataclasses", "enum", "pycparser", "re", "socket", "typing"}


def slow_modules(code: str) -> set[str]:
    """Return the slow modules that CODE loads, beyond those loaded when Python starts."""
    program = f"import sys; before = set(sys.modules)\n{code}\nprint(*set(sys.modules) - before)"
    with python(program) as process:
        return SLOW & set(finish(process).split())


def test_who_imports_and_connects_gets_no_slow_module() -> None:
    code = """if True:
        from interprocess.local_socket import ConnectOptions, Name, connect, pair
        first, second = pair()
        first.send_all(b"x")
        second.recv_exactly(1)
        first.close()
        second.close()
        try:
            connect(Name.unique("nobody"), timeout=1)
        except OSError:
            pass
    """
    assert slow_modules(code) == set()


def test_the_enumerations_come_when_they_are_asked_for() -> None:
    code = """if True:
        import interprocess.local_socket
        assert {"ListenerNonblockingMode", "Shutdown"} < set(dir(interprocess.local_socket))
        assert not hasattr(interprocess.local_socket, "Nonsense")
        assert not {"enum"} & set(sys.modules) - before
        from interprocess.local_socket import ListenerNonblockingMode, Shutdown
        assert ListenerNonblockingMode is interprocess.local_socket.ListenerNonblockingMode
    """
    assert slow_modules(code) <= {"enum"}


def test_a_server_that_cannot_import_any_more_goes_on() -> None:
    # It has given up its privileges, or changed its root directory.
    code = """if True:
        import errno, os, sys, threading
        from interprocess.errors import UnsupportedError
        from interprocess.local_socket import Name, connect, listen, pair
        sys.meta_path.clear()
        name = Name.unique("confined")
        with listen(name, try_overwrite="if_dead") as listener:
            with connect(name) as client, listener.accept(timeout=10) as stream:
                client.set_recv_timeout(0.01)
                try:
                    client.recv(1)
                except TimeoutError:
                    pass
                stream.send_all(b"x")
                assert client.recv_exactly(1) == b"x"
                stream.shutdown()
                assert client.recv(1) == b""
                try:
                    print(stream.peer_creds().pid in (os.getpid(), None))
                except UnsupportedError:
                    print(True)
                assert repr(listener)
            try:
                listen(name)
            except OSError as error:
                print(error.errno == errno.EADDRINUSE)
        try:
            connect(name)
        except OSError as error:
            print("refused" in str(error).lower() or "such file" in str(error))
    """
    with python(code) as process:
        assert finish(process).split() == ["True", "True", "True"]


@pytest.mark.parametrize(
    "platform",
    [
        *("darwin", "ios", "android", "freebsd14", "openbsd7", "netbsd10", "dragonfly6"),
        *("sunos5", "aix", "haiku1", "cygwin", "gnu0", "unheardof"),
    ],
)
def test_all_of_it_can_be_imported_on_every_unix(platform: str) -> None:
    code = f"""if True:
        import _cffi_backend, asyncio, selectors, sys
        sys.platform = {platform!r}
        import interprocess.local_socket.asyncio, interprocess.unnamed_pipe.asyncio
        import interprocess.os.unix.fifo_file.asyncio
        print(interprocess.local_socket.Name.unique().is_namespaced())
    """
    with python(code) as process:
        assert finish(process).split() == ["True"]


def test_the_front_door_opens_what_is_asked_for() -> None:
    code = """if True:
        import interprocess
        assert [name for name in sys.modules if name.startswith("interprocess")] == ["interprocess"]
        names = {"capabilities", "connect", "listen", "local_socket", "os", "pair", "pipe"}
        assert names < set(dir(interprocess))
        assert not hasattr(interprocess, "nonsense")
        assert "interprocess.local_socket" not in sys.modules
        for stream in interprocess.pair():
            assert type(stream) is interprocess.local_socket.Stream
            stream.close()
        for end in interprocess.pipe():
            end.close()
        import interprocess.os.unix.fifo_file
        assert interprocess.os.unix.fifo_file.create_fifo
    """
    assert slow_modules(code) <= {"enum"}  # `signal` imports it for pipes.
