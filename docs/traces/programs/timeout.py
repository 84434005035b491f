"""A receive with a timeout, in time and too late."""

import interprocess

first, second = interprocess.pair()
with first, second:
    second.set_recv_timeout(0.05)
    first.send_all(b"in time")
    print(second.recv(1000))
    try:
        second.recv(1000)
    except TimeoutError:
        print("too late")
