"""Listeners that launchd has made. There is no launchd here: macOS' functions are imitated."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

import pytest

from interprocess._bindings.libc import ffi
from interprocess.local_socket import Listener, connect
from interprocess.os.unix.socket_activation import _launchd
from tests.support import PATIENCE, finish, python
from tests.unix.test_socket_activation import sockets

__all__ = ["sockets"]


class Launchd:
    """Has the two functions of macOS, and gives sockets away once, in memory of its own."""

    def __init__(self, ffi: Any, jobs: dict[str, list[int]]) -> None:
        self._ffi = ffi
        self._jobs = jobs
        self._memory: dict[int, Any] = {}

    def launch_activate_socket(self, name: bytes, fds: Any, count: Any) -> int:
        if name.decode() not in self._jobs:
            return 2  # ENOENT
        numbers = self._jobs[name.decode()]
        if not numbers:
            return 37  # EALREADY, as macOS numbers it
        memory = self._ffi.new("int[]", numbers)
        self._memory[int(self._ffi.cast("intptr_t", memory))] = memory
        fds[0], count[0] = memory, len(numbers)
        self._jobs[name.decode()] = []
        return 0

    def free(self, memory: Any) -> None:
        del self._memory[int(self._ffi.cast("intptr_t", memory))]

    def all_is_freed(self) -> bool:
        return not self._memory


@pytest.fixture
def launchd(monkeypatch: pytest.MonkeyPatch, sockets: list[socket.socket]) -> Launchd:
    jobs = {
        "one": [os.dup(sockets[0].fileno())],
        "two": [os.dup(each.fileno()) for each in sockets[1:]],
    }
    imitation = Launchd(ffi, jobs)
    monkeypatch.setattr(_launchd, "libc", imitation)
    return imitation


def from_launchd(name: Any, **options: Any) -> list[Any]:
    return _launchd.listeners(Listener, name, options.get("current_user_only"))


@pytest.mark.leaves_handles
def test_listeners_of_launchd(launchd: Launchd, sockets: list[socket.socket]) -> None:
    for name, expected in (("one", sockets[:1]), ("two", sockets[1:])):
        found = from_launchd(name)
        assert launchd.all_is_freed()
        assert [str(listener.name) for listener in found] == [
            each.getsockname() for each in expected
        ]
        for listener in found:
            assert not os.get_inheritable(listener.fileno())
            with listener, connect(listener.name), listener.accept(PATIENCE):
                pass
    with pytest.raises(OSError, match="launch_activate_socket"):
        from_launchd("one")


@pytest.mark.leaves_handles
@pytest.mark.usefixtures("launchd")
def test_launchd_has_no_such_socket() -> None:
    with pytest.raises(FileNotFoundError, match=r"launch_activate_socket.*'three'"):
        from_launchd("three")
    with pytest.raises(TypeError, match="name must be a string"):
        from_launchd(b"one")
    with pytest.raises(ValueError, match="NUL"):
        from_launchd("one\0")


def test_sockets_of_launchd_that_are_none_of_ours_are_closed(
    launchd: Launchd, sockets: list[socket.socket]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        number = os.dup(tcp.fileno())
        for unwanted in launchd._jobs.values():
            list(map(os.close, unwanted))
        launchd._jobs["tcp"] = [os.dup(sockets[0].fileno()), number]
        with pytest.raises(ValueError, match=f"descriptor {number} .* AF_INET"):
            from_launchd("tcp")
    assert launchd.all_is_freed()


def test_launchd_is_for_macos_only() -> None:
    if sys.platform != "darwin":
        with pytest.raises(ImportError, match="capability 'launchd'"):
            exec("from interprocess.os.unix.socket_activation import listeners_from_launchd", {})


@pytest.mark.parametrize("module", ["", ".asyncio", ".trio", ".anyio"])
def test_the_functions_exist_on_macos(module: str) -> None:
    code = f"""if True:
        import sys
        from interprocess.local_socket.asyncio import Listener
        {"import interprocess.local_socket" + (module or ".asyncio")}
        sys.platform = "darwin"
        from interprocess.os.unix.socket_activation{module} import listeners_from_launchd
        print(listeners_from_launchd.__name__)
    """
    if module in (".trio", ".anyio"):
        pytest.importorskip(module[1:], reason=f"{module[1:]} is not installed")
    with python(code) as process:
        assert finish(process).strip() == "listeners_from_launchd"
