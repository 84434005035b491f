/* Messages on macOS, FreeBSD and NetBSD. */

/* The message of sendmsg and recvmsg. recvmsg(2) */
struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    int msg_iovlen;
    void *msg_control;
    socklen_t msg_controllen;
    int msg_flags;
};
