"""A program that names nothing but the top of the package."""

from __future__ import annotations

import interprocess

if __name__ == "__main__":
    for attribute in interprocess.__all__:
        getattr(interprocess, attribute)
    with interprocess.listen() as listener, interprocess.connect(listener.name) as client:
        with listener.accept() as server:
            client.send_all(b"x")
            print(interprocess.wait([server]) == [server], server.recv(1) == b"x")
