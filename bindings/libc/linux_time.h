/* Time is a long: Linux on every processor of 64 bits, and glibc's first choice on those of 32. */

struct timeval {
    long tv_sec;
    long tv_usec;
};

struct timespec {
    long tv_sec;
    long tv_nsec;
};

#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
