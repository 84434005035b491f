"""Anonymous shared memory: the calls, creating and examining it, and its owner."""
