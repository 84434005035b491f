/* SPARC counts microseconds in an int, even where a long has 64 bits. */

struct timeval {
    long tv_sec;
    int tv_usec;
};
