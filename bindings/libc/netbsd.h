/* NetBSD. Calls whose behaviour has changed have a version in their symbol; the plain name is the
 * oldest of them. */

typedef unsigned int mode_t;

#pragma redefine_extname socket __socket30

struct timeval {
    long long tv_sec;
    int tv_usec;
};

/* The peer of a socket: LOCAL_PEEREID. unix(4) */
struct unpcbid {
    pid_t unp_pid;
    uid_t unp_euid;
    gid_t unp_egid;
};

#define SOL_LOCAL 0
#define LOCAL_PEEREID 3
#define SO_NOSIGPIPE 0x800
#define SO_SNDTIMEO 0x100b
#define SO_RCVTIMEO 0x100c
#define SOCK_CLOEXEC 0x10000000
#define SOCK_NONBLOCK 0x20000000
#define MSG_NOSIGNAL 0x400
#define F_DUPFD_CLOEXEC 12
#define F_SETNOSIGPIPE 14
#define O_CLOEXEC 0x400000
#define O_DIRECTORY 0x200000
#define AT_FDCWD -100
