"""A server and a client, in two processes, talk over a local socket.

Run by `make demo`. Started without arguments it starts both; the name of the socket is made up, so
that any number of demonstrations can run at once.
"""

from __future__ import annotations

import os
import subprocess
import sys

from interprocess.errors import UnsupportedError
from interprocess.local_socket import Stream, connect, listen, to_ns_name

QUESTIONS = ("Are you there?", "What is six times seven?", "Where does the pipe end?")
ANSWERS = {
    "Are you there?": "Yes, in process {pid}.",
    "What is six times seven?": "42",
}
TIMEOUT = 20.0


def serve(name: str) -> None:
    """Answer one client's questions, one line each, until it leaves."""
    with listen(to_ns_name(name)) as listener:
        print(f"server: listening on {listener.name}", flush=True)
        with listener.accept(timeout=TIMEOUT) as stream:
            print(f"server: {who(stream)} has connected", flush=True)
            with stream.makefile("rw", encoding="utf-8") as lines:
                for line in lines:
                    question = line.rstrip("\n")
                    answer = ANSWERS.get(question, "I do not know.").format(pid=os.getpid())
                    print(f"server: asked {question!r}, answered {answer!r}", flush=True)
                    lines.write(answer + "\n")
                    lines.flush()
        print("server: the client has left", flush=True)


def who(stream: Stream) -> str:
    """Return a description of the peer, as far as the system reports it."""
    try:
        return f"process {stream.peer_creds().pid}"
    except UnsupportedError:
        return "a client"


def ask(name: str) -> None:
    """Ask the server every question and show what it answers."""
    with connect(to_ns_name(name), timeout=TIMEOUT) as stream:
        stream.set_recv_timeout(TIMEOUT)
        with stream.makefile("rw", encoding="utf-8") as lines:
            for question in QUESTIONS:
                lines.write(question + "\n")
                lines.flush()
                print(
                    f"client: asked {question!r}, heard {lines.readline().rstrip()!r}", flush=True
                )


def main() -> int:
    """Start the server, wait until it listens, start the client, and wait for both."""
    name = f"interprocess-demo-{os.getpid()}"
    server = _start("serve", name, stdout=subprocess.PIPE)
    assert server.stdout is not None
    try:
        print(server.stdout.readline(), end="", flush=True)  # It listens now.
        client_status = _start("ask", name).wait(timeout=TIMEOUT)
        rest, _ = server.communicate(timeout=TIMEOUT)
        print(rest, end="", flush=True)
    finally:
        server.kill()
        server.wait()
    if client_status or server.returncode:
        print(f"demo: failed: client {client_status}, server {server.returncode}")
        return 1
    print("demo: two processes talked, and nothing of it is left behind")
    return 0


def _start(role: str, name: str, stdout: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, __file__, role, name], stdout=stdout, text=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        raise SystemExit(main())
    {"serve": serve, "ask": ask}[sys.argv[1]](sys.argv[2])
