"""A connection by a namespaced name, from `listen` to `close`."""

import threading

import interprocess


def serve(listener):
    with listener.accept() as stream:
        while data := stream.recv(1000):
            stream.send_all(data.upper())


with interprocess.listen("orders") as listener:
    server = threading.Thread(target=serve, args=[listener], name="server")
    server.start()
    with interprocess.connect("orders") as stream:
        stream.send_all(b"a question")
        print(stream.recv_exactly(10))
    server.join()
