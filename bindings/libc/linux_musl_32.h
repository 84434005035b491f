/* musl on processors of 32 bits: messages are counted as POSIX says, in int and socklen_t. */

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

/* The head of a control message. cmsg(3) */
struct cmsghdr {
    socklen_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};
