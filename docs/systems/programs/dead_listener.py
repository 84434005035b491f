import os

from interprocess.local_socket import listen

# a listener that dies
if os.fork() == 0:
    left = listen("./example.sock")
    os._exit(0)
os.wait()
# listen with try_overwrite='if_dead'
listener = listen("./example.sock", try_overwrite="if_dead")
# close
listener.close()
