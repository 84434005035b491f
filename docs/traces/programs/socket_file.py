"""A connection by a path: what becomes of the socket file, from `listen` to `close`."""

import os
import tempfile

import interprocess

with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "orders.sock")
    listener = interprocess.listen(path)
    client = interprocess.connect(path)
    server = listener.accept()
    client.send_all(b"a question")
    print(server.recv(1000))
    client.close()
    server.close()
    listener.close()
