/* musl on little-endian processors of 64 bits: the kernel's size_t is POSIX's int and then zeros. */

/* The message of sendmsg and recvmsg. recvmsg(2) */
struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    int msg_iovlen;
    int __pad1;
    void *msg_control;
    socklen_t msg_controllen;
    int __pad2;
    int msg_flags;
};

/* The head of a control message. cmsg(3) */
struct cmsghdr {
    socklen_t cmsg_len;
    int __pad1;
    int cmsg_level;
    int cmsg_type;
};
