"""A pipe between two threads."""

import threading

import interprocess

sender, receiver = interprocess.pipe()


def produce():
    with sender:
        sender.send_all(b"one line\n")
        sender.send_all(b"another\n")


with receiver:
    producer = threading.Thread(target=produce, name="producer")
    producer.start()
    producer.join()
    while data := receiver.recv(9):
        print(data)
