"""One end of a pipe is handed over through a connection."""

import interprocess
from interprocess.local_socket import recv_object, send_object

here, there = interprocess.pair()
with here, there:
    sender, receiver = interprocess.pipe()
    with receiver:
        with sender:
            send_object(here, sender)
        with recv_object(there) as arrived:
            arrived.send_all(b"through what was handed over")
        print(receiver.recv(1000))
