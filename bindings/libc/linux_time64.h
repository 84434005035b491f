/* Time of 64 bits where a long has 32: musl, glibc with _TIME_BITS=64, riscv32, x32. */

struct timeval {
    long long tv_sec;
    long long tv_usec;
};
