from interprocess.local_socket import Stream, pair, recv_object, send_object

parent, worker = pair()
client, other = pair()
# send_object
send_object(parent, client)
# recv_object
received = recv_object(worker, Stream)
# close
for stream in (parent, worker, client, other, received):
    stream.close()
