"""Named pipes, the basis of everything on Windows: ends, servers, owners."""
