/* glibc (and Android's bionic): messages are counted in size_t, as the kernel counts them. */

/* The message of sendmsg and recvmsg. recvmsg(2) */
struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    size_t msg_iovlen;
    void *msg_control;
    size_t msg_controllen;
    int msg_flags;
};

/* The head of a control message. cmsg(3) */
struct cmsghdr {
    size_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};

/* Query a device, here the number of bytes to read. ioctl(2) */
int ioctl(int fd, unsigned long request, ...);

#define SOMAXCONN 4096
#define O_ACCMODE 3
