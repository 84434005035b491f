from interprocess.unnamed_pipe import pipe

# pipe
sender, recver = pipe()
# send_all
sender.send_all(b"hello")
# recv
recver.recv(100)
# recv again
sender.send_all(b"more")
recver.recv(100)
# close the sender
sender.close()
# recv at the end of the stream
recver.recv(100)
# close the receiver
recver.close()
