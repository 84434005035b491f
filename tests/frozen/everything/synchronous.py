"""The parts that wait by themselves: sockets, pipes, messages, TLS, capabilities, traces."""

from __future__ import annotations

import os
import ssl
import sys
from contextlib import redirect_stdout
from io import StringIO

import interprocess
from interprocess import capabilities, messages
from interprocess.errors import UnsupportedError
from interprocess.local_socket import (
    ListenerOptions,
    Shutdown,
    Stream,
    as_socket,
    connect,
    listen,
    pair,
    recv_object,
    send_object,
    serve,
    wrap_tls,
)
from interprocess.trace import trace
from interprocess.unnamed_pipe import pipe

from .support import AbsentError, concurrently, expect, fresh_name


def names_of_the_top() -> None:
    """Use what `import interprocess` alone gives."""
    for attribute in interprocess.__all__:
        getattr(interprocess, attribute)
    name = fresh_name()
    with interprocess.listen(name) as listener, interprocess.connect(name) as client:
        with listener.accept() as server:
            client.send_all(b"top")
            expect(interprocess.wait([server]), [server])
            expect(server.recv(10), b"top")


def local_sockets() -> None:
    """Connect, transfer in every way, time out, split, shut down."""
    name = fresh_name()
    with ListenerOptions(name).create_sync() as listener:
        with connect(name, timeout=5, wait_for_server=True) as client, listener.accept() as server:
            client.send_vectored([b"ab", b"cd"])
            expect(server.recv_exactly(4), b"abcd")
            server.set_recv_timeout(0.01)
            try:
                server.recv(1)
            except TimeoutError:
                pass
            else:
                raise ValueError("no timeout")
            with client.makefile("rw", encoding="utf-8", newline="\n") as file:
                file.write("line\n")
                file.flush()
            expect(server.recv(10), b"line\n")
            recver, sender = client.split()
            expect(sender.send(b"half"), 4)
            expect(server.recv(10), b"half")
            with Stream.reunite(recver, sender) as whole:
                if sys.platform != "win32":
                    whole.shutdown(Shutdown.SEND)
            expect(server.recv(10), b"")


def paths() -> None:
    """Listen at a path, where there are socket files."""
    if sys.platform == "win32":
        raise AbsentError("Windows has no socket files")
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "socket")
        with listen(path) as listener, connect(path) as client, listener.accept():
            client.send_all(b"x")
        expect(os.listdir(directory), [])


def serving() -> None:
    """Serve two clients, and end."""
    listener = listen(fresh_name())

    def ask() -> None:
        with listener:
            for _ in range(2):
                with connect(listener.name) as client:
                    client.send_all(b"x")
                    expect(client.recv(10), b"xx")

    def answer(stream: Stream) -> None:
        stream.send_all(stream.recv(10) * 2)

    concurrently(lambda: serve(listener, answer), ask)


def same_user() -> None:
    """Ask who is at the other end."""
    name = fresh_name()
    if not capabilities.available("current_user_only"):
        raise AbsentError("the system does not tell the user of a peer")
    # A pipe under Wine belongs to a group, which a client that asks for its user refuses.
    is_wine = os.environ.get("INTERPROCESS_TEST_BENCH") == "wine"
    with listen(name, current_user_only=True) as listener:
        connecting = connect(name, current_user_only=None if is_wine else True)
        with connecting as client, listener.accept() as server:
            for stream in (client, server):
                repr(stream.peer_creds())


def pipes() -> None:
    """Send through an unnamed pipe."""
    sender, recver = pipe()
    with recver:
        with sender:
            sender.send_all(b"pipe")
        expect(recver.recv(10) + recver.recv(10), b"pipe")


def streams_of_messages() -> None:
    """Send messages in every framing."""
    framings = (
        messages.LengthPrefix(),
        messages.Delimiter(b"\n"),
        messages.MultiprocessingFraming(),
    )
    for framing in framings:
        first, second = pair()
        with messages.MessageStream(first, framing) as client:
            with messages.MessageStream(second, framing) as server:
                client.send_many([b"one", b"two"])
                expect([server.recv(), server.recv()], [b"one", b"two"])


def handing_objects_over() -> None:
    """Hand a stream over, and get it back."""
    first, second = pair()
    ours, theirs = pair()
    with first, second, ours, theirs:
        try:
            send_object(first, theirs)
        except UnsupportedError as error:
            raise AbsentError(str(error)) from None
        with recv_object(second, Stream) as arrived:
            arrived.send_all(b"over")
            expect(ours.recv(10), b"over")


def as_a_socket() -> None:
    """Use a stream as a socket."""
    first, second = pair()
    with as_socket(first) as socket, second:
        socket.settimeout(5)
        socket.sendall(b"socket")
        expect(second.recv(10), b"socket")


def tls() -> None:
    """Secure a stream, without certificates: nothing but this process can get at it."""
    first, second = pair()
    contexts = []
    for protocol in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT):
        context = ssl.SSLContext(protocol)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.set_ciphers("AECDH-AES256-SHA:ADH-AES256-GCM-SHA384:@SECLEVEL=0")
        except ssl.SSLError:
            raise AbsentError("this OpenSSL has no anonymous ciphers") from None
        contexts.append(context)

    def answer() -> None:
        with wrap_tls(second, contexts[0], server_side=True) as server:
            server.send_all(server.recv(10)[::-1])

    def ask() -> None:
        with wrap_tls(first, contexts[1], server_hostname="x") as client:
            client.send_all(b"tls")
            expect(client.recv(10), b"slt")

    concurrently(answer, ask)


def capability_registry() -> None:
    """Ask what exists, and print it as the command line does."""
    expect(capabilities.available("windows"), sys.platform == "win32")
    try:
        capabilities.require("unix" if sys.platform == "win32" else "windows")
    except (UnsupportedError, ImportError):
        pass
    else:
        raise ValueError("both Unix and Windows")
    from interprocess.__main__ import main

    for arguments in (["capabilities"], ["capabilities", "--matrix"]):
        with redirect_stdout(StringIO()) as output:
            expect(main(arguments), 0)
        expect("filesystem_ud_socket" in output.getvalue(), True)


def traces() -> None:
    """Trace what a send asks the system for, and write it in every form."""
    with trace() as calls:
        first, second = pair()
        with first, second:
            first.send_all(b"traced")
            second.recv(10)
    for text in (str(calls), calls.json_lines(), calls.html()):
        expect("traced" in text, True)
