from interprocess.local_socket import connect, listen

# listen
listener = listen("example")
# connect
client = connect("example")
# accept
server = listener.accept()
# close
client.close()
server.close()
listener.close()
