"""A FIFO file: opening one end waits for the other."""

import os
import tempfile
import threading
import time

from interprocess.os.unix import fifo_file

with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "orders.fifo")
    fifo_file.create_fifo(path)

    def produce():
        with fifo_file.open_sender(path) as sender:
            sender.send_all(b"one line\n")

    producer = threading.Thread(target=produce, name="producer")
    producer.start()
    time.sleep(0.1)  # Meanwhile the sender waits.
    with fifo_file.open_recver(path) as receiver:
        producer.join()
        while data := receiver.recv(1000):
            print(data)
