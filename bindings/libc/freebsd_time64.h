/* FreeBSD where a long has 32 bits and time_t has 64: on Arm. */

struct timeval {
    long long tv_sec;
    long tv_usec;
};
