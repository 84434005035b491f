"""Unix domain sockets: descriptors, addresses, connecting, what travels and who is there."""
