"""Streams of named pipes: peer identity, adoption, options, handing them over."""

from __future__ import annotations

import _winapi
import ctypes
import msvcrt
import multiprocessing
import os
import sys

import pytest

from interprocess.errors import ReuniteError
from interprocess.local_socket import Stream, pair
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import impersonation, pipes
from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeMode, PipeStream
from interprocess.os.windows.unnamed_pipe import CreationOptions, pipe
from interprocess.unnamed_pipe import Recver, Sender
from tests.support import PATIENCE, Running
from tests.windows.pipes import BYTES, MESSAGES, PATIENTLY, connected, unique_path
from tests.windows.wine import lacking_on_wine

assert sys.platform == "win32"


def test_who_is_there() -> None:
    session = ctypes.c_ulong()
    assert ctypes.windll.kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(session))
    with connected() as (server, client):
        assert server.is_server()
        assert not server.is_client()
        assert client.is_client()
        assert not client.is_server()
        for stream in (server, client):
            assert stream.client_process_id() == os.getpid()
            assert stream.server_process_id() == os.getpid()
            assert stream.peer_process_id() == os.getpid()
            assert stream.client_session_id() == session.value
            assert stream.server_session_id() == session.value
            assert stream.peer_session_id() == session.value
    for ask in (server.is_server, server.peer_process_id, client.client_session_id):
        with pytest.raises(ValueError, match="closed"):
            ask()


def test_impersonation_ends_with_its_block() -> None:
    with connected() as (server, client):
        client.send(b"x")
        server.recv(1)
        with server.impersonate_client() as guard:
            assert guard.active
        assert not guard.active
        guard.revert()


def test_an_interrupt_while_impersonating_gives_the_own_rights_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    impersonate, revert = (
        impersonation.impersonate_named_pipe_client,
        impersonation.revert_to_self,
    )
    reverted: list[bool] = []

    def interrupted(handle: int) -> None:
        impersonate(handle)
        raise KeyboardInterrupt

    def note() -> None:
        revert()
        reverted.append(True)

    monkeypatch.setattr(impersonation, "impersonate_named_pipe_client", interrupted)
    monkeypatch.setattr(impersonation, "revert_to_self", note)
    with connected() as (server, client):
        client.send(b"x")
        server.recv(1)
        with pytest.raises(KeyboardInterrupt):
            server.impersonate_client()
        assert reverted == [True]
        # Refused calls have changed nothing, and an outer guard keeps its effect.
        monkeypatch.setattr(impersonation, "impersonate_named_pipe_client", refused)
        with pytest.raises(OSError, match="refused"):
            server.impersonate_client()
        assert reverted == [True]


def refused(_: int) -> None:
    raise OSError("refused")


def test_impersonation_ends_in_its_own_thread() -> None:
    with connected() as (server, client):
        client.send(b"x")
        server.recv(1)
        with server.impersonate_client() as guard:
            with pytest.raises(RuntimeError, match="thread"):
                Running(guard.revert).result()
            assert guard.active


@lacking_on_wine("ImpersonateNamedPipeClient is a stub, which a client may call as well")
def test_only_a_server_impersonates() -> None:
    with connected() as (_, client), pytest.raises(OSError, match="Impersonate"):
        client.impersonate_client()


@lacking_on_wine("ImpersonateNamedPipeClient is a stub, which changes nobody's rights")
@pytest.mark.parametrize("allow", [False, True])
def test_what_a_client_lets_itself_be_impersonated_for(allow: bool) -> None:
    """Impersonating succeeds also where the client allows no more than to be identified."""
    options = PipeListenerOptions(unique_path())
    number: int | None = 0
    with options.create_duplex() as listener:
        client = PipeStream.connect_by_path(options.path, allow_impersonation=allow)
        with client, listener.accept(PATIENCE) as server:
            client.send(b"x")
            server.recv(1)
            with server.impersonate_client():
                try:
                    # GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING
                    opened = _winapi.CreateFile(__file__, 0x80000000, 1, 0, 3, 0, 0)
                    _winapi.CloseHandle(opened)
                except OSError as error:
                    number = error.winerror
    assert number == (0 if allow else 1346)


@pytest.mark.parametrize("mode", [BYTES, MESSAGES])
def test_a_stream_is_given_up_and_adopted(mode: PipeMode) -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        adopted = PipeStream(server.detach(), recv_mode=mode, send_mode=mode)
        with adopted:
            client.send(b"ab")
            client.send(b"c")
            if mode is BYTES:
                assert adopted.recv_exactly(3) == b"abc"
            else:
                assert adopted.recv_msg() == b"ab"
                assert adopted.recv_msg() == b"c"
            with pytest.raises(ValueError, match="closed"):
                server.detach()


def test_what_cannot_be_adopted_stays_the_callers() -> None:
    descriptors = os.pipe()
    synchronous = msvcrt.get_osfhandle(descriptors[0])
    with open(__file__) as file, connected(BYTES, None) as (server, client):
        for handle, adopt, why in (
            (msvcrt.get_osfhandle(file.fileno()), Stream, "not a pipe"),
            (synchronous, Recver, "FILE_FLAG_OVERLAPPED"),
            (synchronous, Sender, "cannot be written"),
            (server.handle, Stream, "cannot be written"),
            (client.handle, Recver, "cannot be read"),
            (server.handle, lambda handle: PipeStream(handle, recv_mode=MESSAGES), "written"),
        ):
            with pytest.raises(ValueError, match=why):
                adopt(handle)
            assert _calls.is_pipe(handle) or why == "not a pipe"
        with pytest.raises(ValueError, match="not in message mode"):
            PipeStream(server.handle, recv_mode=MESSAGES, send_mode=None)
    for descriptor in descriptors:
        os.close(descriptor)
    with pytest.raises(OSError, match="handle"):
        Stream(0xFFFFF0)
    for impossible in (0, -1, 2**70):
        with pytest.raises(ValueError, match="not a handle"):
            Stream(impossible)
    for bad in ("1", True, None):
        with pytest.raises(TypeError, match="a handle is"):
            Stream(bad)  # type: ignore[arg-type]


@lacking_on_wine("no question about a handle waits: this end is refused at once")
def test_a_synchronous_end_is_refused_when_no_call_waits_on_it() -> None:
    """No system call about such a handle returns before that, not even GetFileType."""
    receiving, sending = os.pipe()
    reading = Running(lambda: os.read(receiving, 1))
    assert reading.is_waiting()
    adopting = Running(lambda: Recver(msvcrt.get_osfhandle(receiving)))
    assert adopting.is_waiting()
    os.write(sending, b"x")
    with pytest.raises(ValueError, match="FILE_FLAG_OVERLAPPED"):
        adopting.result()
    assert reading.result() == b"x"
    os.close(receiving)
    os.close(sending)


def test_only_halves_of_one_stream_are_reunited() -> None:
    with connected() as (server, client):
        halves, others = server.split(), client.split()
        with pytest.raises(ReuniteError) as caught:
            PipeStream.reunite(halves[0], others[1])
        assert caught.value.recv_half is halves[0]
        assert caught.value.send_half is others[1]
        for recv_half, send_half in (halves, others):
            PipeStream.reunite(recv_half, send_half).close()
            with pytest.raises(ReuniteError):
                PipeStream.reunite(recv_half, send_half)


def test_reuniting_is_refused_while_a_call_goes_on() -> None:
    with connected() as (server, client):
        recv_half, send_half = server.split()
        receiving = Running(lambda: recv_half.recv(1))
        assert receiving.is_waiting()
        with pytest.raises(ValueError, match="another thread"):
            PipeStream.reunite(recv_half, send_half)
        client.send(b"x")
        assert receiving.result() == b"x"
        with PipeStream.reunite(recv_half, send_half) as whole:
            whole.send(b"y")
            assert client.recv(1) == b"y"


def test_directions_are_checked_by_the_system() -> None:
    options = PipeListenerOptions(unique_path())
    with options.create_recv_only(), pytest.raises(PermissionError):
        PipeStream.connect_by_path(options.path, wait_mode=PATIENTLY)


def test_clients_do_not_lend_their_rights_unless_they_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flags: list[int] = []

    def open_pipe(path: str, access: int, asked: int, owned: list[int]) -> None:
        flags.append(asked)
        raise FileNotFoundError

    monkeypatch.setattr(pipes, "open_pipe", open_pipe)
    for allow in (False, True):
        with pytest.raises(FileNotFoundError):
            PipeStream.connect_by_path(unique_path(), allow_impersonation=allow)
    always = pipes.FILE_FLAG_OVERLAPPED | pipes.SECURITY_SQOS_PRESENT
    assert flags == [
        always | pipes.SECURITY_IDENTIFICATION,
        always | pipes.SECURITY_IMPERSONATION,
    ]


@pytest.mark.parametrize("inheritable", [False, True])
def test_pipes_are_inheritable_only_if_asked(inheritable: bool) -> None:
    for end in pipe(inheritable=inheritable, buffer_size_hint=100):
        with end:
            assert os.get_handle_inheritable(end.handle) is inheritable


def test_a_pipe_takes_what_its_buffer_takes() -> None:
    sender, recver = CreationOptions(buffer_size_hint=4096).create()
    with sender, recver:
        sender.set_nonblocking(True)
        with pytest.raises(BlockingIOError) as caught:
            sender.send_all(bytes(100_000))
        assert 4096 <= caught.value.characters_written < 100_000
        sender.close()


def _answer(stream: PipeStream) -> None:
    with stream:
        message = stream.recv_msg()
        assert message is not None
        stream.send(message[::-1])


def test_multiprocessing_hands_on_the_modes_too() -> None:
    with connected(MESSAGES, MESSAGES) as (server, client):
        process = multiprocessing.get_context("spawn").Process(target=_answer, args=(server,))
        process.start()
        server.close()
        client.send(b"abc")
        client.set_recv_timeout(PATIENCE)
        assert client.recv_msg() == b"cba"
        process.join(PATIENCE)
        assert process.exitcode == 0
        process.close()


def test_a_stream_that_is_dropped_open_is_closed_with_a_warning() -> None:
    first, second = pair()
    with second, pytest.warns(ResourceWarning, match="unclosed"):
        del first
    with connected() as (server, client):
        with pytest.warns(ResourceWarning, match="unclosed"):
            PipeListenerOptions(unique_path()).create_duplex()
        client.send(b"x")
        assert server.recv(1) == b"x"
