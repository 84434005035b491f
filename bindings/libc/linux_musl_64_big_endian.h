/* musl on big-endian processors of 64 bits: the kernel's size_t is zeros and then POSIX's int. */

/* The message of sendmsg and recvmsg. recvmsg(2) */
struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    int __pad1;
    int msg_iovlen;
    void *msg_control;
    int __pad2;
    socklen_t msg_controllen;
    int msg_flags;
};

/* The head of a control message. cmsg(3) */
struct cmsghdr {
    int __pad1;
    socklen_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};
