/* OpenBSD. */

typedef unsigned int mode_t;

struct timeval {
    long long tv_sec;
    long tv_usec;
};

/* The message of sendmsg and recvmsg. recvmsg(2) */
struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    unsigned int msg_iovlen;
    void *msg_control;
    socklen_t msg_controllen;
    int msg_flags;
};

/* The peer of a socket: SO_PEERCRED. getsockopt(2) */
struct sockpeercred {
    uid_t uid;
    gid_t gid;
    pid_t pid;
};

#define SO_PEERCRED 0x1022
#define SO_SNDTIMEO 0x1005
#define SO_RCVTIMEO 0x1006
#define SOCK_CLOEXEC 0x8000
#define SOCK_NONBLOCK 0x4000
#define MSG_NOSIGNAL 0x400
#define F_DUPFD_CLOEXEC 10
#define O_CLOEXEC 0x10000
#define O_DIRECTORY 0x20000
#define AT_FDCWD -100
