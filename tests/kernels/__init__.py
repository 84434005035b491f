"""Other kernels, imitated on Linux, and the tests run under each of them."""
