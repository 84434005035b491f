/* Time in a long: Linux on every processor of 64 bits, and glibc's older interface on 32 bits.
 *
 * SO_RCVTIMEO and SO_SNDTIMEO are declared nowhere: their values say to the kernel which of the
 * layouts of timeval follows, so both must come from one place, which is the standard library. */

struct timeval {
    long tv_sec;
    long tv_usec;
};
