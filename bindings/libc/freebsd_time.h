/* FreeBSD where time_t is a long: on every processor of 64 bits and on x86. */

struct timeval {
    long tv_sec;
    long tv_usec;
};
