import threading
import time

from interprocess.local_socket import pair


def receive(stream):
    try:
        stream.recv(100)
    except ValueError:
        pass


one, other = pair()
thread = threading.Thread(target=receive, args=(one,))
# recv in a thread, close in another
thread.start()
time.sleep(0.2)
one.close()
thread.join()
# the rest
other.close()
