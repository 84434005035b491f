"""Unix domain sockets: descriptors, addresses, connecting, passing descriptors, credentials."""
