"""The recipes in docs/sockets.md: the libraries they are for talk to servers of ours."""

from __future__ import annotations

import contextlib
import re
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler

import pytest

from interprocess.local_socket import Stream, as_socket, connect, listen, serve
from tests.support import PATIENCE, ROOT, eventually, finish, python, unique

TEXT = (ROOT / "docs" / "sockets.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
RECIPES = dict(
    re.findall(r"^### ([\w.-]+)\n.*?```python\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
)

#: The recipes that need what another one defines.
NEEDS = {"requests": "urllib3", "xmlrpc.client": "http.client"}
#: How the modules are called that are not called as the recipe.
MODULES = {"redis-py": "redis", "PyMySQL": "pymysql"}


@contextlib.contextmanager
def server(name: str, handler: Callable[[Stream], object]) -> Iterator[None]:
    """Serve clients in a thread, with errors of handlers going where the test sees them."""
    errors: list[Exception] = []

    def handle(stream: Stream) -> None:
        try:
            handler(stream)
        except Exception as error:
            errors.append(error)

    listener = listen(name)
    thread = threading.Thread(target=serve, args=(listener, handle))
    thread.start()
    try:
        yield
    finally:
        listener.close()
        thread.join(PATIENCE)
    assert not errors


def run(recipe: str, name: str) -> str:
    """Run a recipe, and return what it prints."""
    pytest.importorskip(MODULES.get(recipe, recipe), reason=f"{recipe} is not installed")
    code = RECIPES[NEEDS[recipe]].rpartition("\n\n\n")[0] + "\n\n" if recipe in NEEDS else ""
    code = (code + RECIPES[recipe]).replace('"example"', repr(name))
    with python(code) as process:
        return finish(process).replace("\r\n", "\n").strip()


@pytest.fixture
def text() -> str:
    """A fresh name, as a program writes it."""
    return unique("socket-recipe")


def test_all_are_tested() -> None:
    for block in BLOCKS:
        compile(block, "docs/sockets.md", "exec")
    tests = {"http.client", "http.server", "urllib3", "requests", "xmlrpc.client"}
    assert RECIPES.keys() == tests | {"redis-py", "PyMySQL", "paramiko"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *arguments: object) -> None:
        pass


def answer_http(stream: Stream) -> None:
    Handler(as_socket(stream), ("a local client", 0), None)  # type: ignore[arg-type]  # as a socket


@pytest.mark.parametrize(
    ("recipe", "output"),
    [
        ("http.client", "b'/hello'"),
        ("urllib3", "b'/hello'\nb'/again'"),
        ("requests", "b'/hello'"),
    ],
)
def test_http(recipe: str, output: str, text: str) -> None:
    with server(text, answer_http):
        assert run(recipe, text) == output


def is_listening(text: str) -> bool:
    try:
        connect(text).close()
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


def test_an_http_server(text: str) -> None:
    with python(RECIPES["http.server"].replace('"example"', repr(text)), stderr=-3) as process:
        assert eventually(lambda: is_listening(text))
        with connect(text) as stream:
            stream.send_all(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200" in stream.makefile("rb").readline()
        assert process.poll() is None


class RemoteProcedures(SimpleXMLRPCDispatcher):
    """The attributes that an XML-RPC handler needs of its server."""

    logRequests = False  # noqa: N815  # its name


def test_xmlrpc(text: str) -> None:
    procedures: Any = RemoteProcedures()
    procedures.register_function(lambda a, b: a + b, "add")

    def answer(stream: Stream) -> None:
        SimpleXMLRPCRequestHandler(as_socket(stream), ("a local client", 0), procedures)  # type: ignore[arg-type]  # as a socket

    with server(text, answer):
        assert run("xmlrpc.client", text) == "5"


def test_redis(text: str) -> None:
    database: dict[bytes, bytes] = {}

    def answer(stream: Stream) -> None:
        with stream.makefile("rwb") as file:
            while line := file.readline():
                words = []
                for _ in range(int(line[1:])):
                    size = int(file.readline()[1:])
                    words.append(file.read(size + 2)[:-2])
                command = words[0].upper()
                if command == b"HELLO":
                    file.write(b"%1\r\n$5\r\nproto\r\n:3\r\n")
                elif command == b"GET":
                    value = database[words[1]]
                    file.write(b"$%d\r\n%s\r\n" % (len(value), value))
                else:
                    if command == b"SET":
                        database[words[1]] = words[2]
                    file.write(b"+OK\r\n")
                file.flush()

    with server(text, answer):
        assert run("redis-py", text) == "b'value'"


def test_mysql(text: str) -> None:
    def packet(number: int, payload: bytes) -> bytes:
        return struct.pack("<I", len(payload))[:3] + bytes((number,)) + payload

    def string(value: bytes) -> bytes:
        return bytes((len(value),)) + value

    column = b"".join(map(string, (b"def", b"", b"", b"", b"hello", b"")))
    column += b"\x0c" + struct.pack("<HIBHB", 45, 20, 0xFD, 0, 0) + b"\0\0"
    ok, end = b"\0\0\0\x02\0\0\0", b"\xfe\0\0\x02\0"
    greeting = b"\x0a8.0.0\0" + struct.pack("<I", 1) + b"12345678\0"
    greeting += struct.pack("<HBHHB", 0xF7DF, 45, 2, 0x000F, 21) + bytes(10) + b"123456789012\0"

    def answer(stream: Stream) -> None:
        with stream.makefile("rwb") as file:
            file.write(packet(0, greeting + b"mysql_native_password\0"))
            file.flush()
            number = 2
            while header := file.read(4):
                command = file.read(int.from_bytes(header[:3], "little"))
                if command == b"\x01":
                    break
                if number == 1 and b"SELECT 'hello'" in command:
                    answers = [b"\x01", column, end, string(b"hello"), end]
                else:
                    answers = [ok]
                file.write(b"".join(packet(number + i, each) for i, each in enumerate(answers)))
                file.flush()
                number = 1

    with server(text, answer):
        assert run("PyMySQL", text) == "('hello',)"


def test_paramiko(text: str) -> None:
    paramiko = pytest.importorskip("paramiko", reason="paramiko is not installed")

    class Server(paramiko.ServerInterface):  # type: ignore[misc, name-defined]  # Any
        def check_auth_password(self, username: str, password: str) -> int:
            return int(paramiko.AUTH_SUCCESSFUL)

        def check_channel_request(self, kind: str, chanid: int) -> int:
            return int(paramiko.OPEN_SUCCEEDED)

        def check_channel_exec_request(self, channel: Any, command: bytes) -> bool:
            def execute() -> None:
                with channel.makefile("rb") as file:
                    channel.sendall(command + b": " + file.read())
                channel.send_exit_status(0)
                channel.close()

            threading.Thread(target=execute).start()
            return True

    key = paramiko.ECDSAKey.generate()

    def answer(stream: Stream) -> None:
        transport = paramiko.Transport(as_socket(stream))
        transport.add_server_key(key)
        transport.start_server(server=Server())
        transport.join(PATIENCE)
        transport.close()

    with server(text, answer):
        assert run("paramiko", text) == "b'rev: hello'"
