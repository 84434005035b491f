"""Named pipes, of which everything on Windows is made: ends, servers, owners."""
