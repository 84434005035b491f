"""Anonymous shared memory: system calls, creation and checks, and the owning class."""
