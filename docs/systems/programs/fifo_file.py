import os

from interprocess.os.unix.fifo_file import create_fifo, open_recver, open_sender

# create_fifo
create_fifo("./example.fifo")
# open_recver, without waiting
recver = open_recver("./example.fifo", nonblocking=True)
# open_sender
sender = open_sender("./example.fifo")
# send_all and recv
sender.send_all(b"hello")
recver.recv(100)
# close
sender.close()
recver.close()
# remove the file
os.unlink("./example.fifo")
