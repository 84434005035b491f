from interprocess.local_socket import Shutdown, connect, listen

# listen
listener = listen("./example.sock")
# connect
client = connect("./example.sock")
# accept
server = listener.accept()
# send_all
client.send_all(b"hello")
# recv
server.recv(100)
# set_recv_timeout
client.set_recv_timeout(0.05)
# recv that times out
try:
    client.recv(100)
except TimeoutError:
    pass
# peer_creds
server.peer_creds()
# shutdown
client.shutdown(Shutdown.SEND)
# recv at the end of the stream
server.recv(100)
# close the streams
client.close()
server.close()
# close the listener
listener.close()
