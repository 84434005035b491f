/* An unknown Unix, such as illumos, with System V's layouts. There are no headers of such a system to verify
 * this against; the standard library's constants are preferred to these in any case. */

typedef unsigned int mode_t;
typedef unsigned long nfds_t;

struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    int msg_iovlen;
    void *msg_control;
    socklen_t msg_controllen;
    int msg_flags;
};

struct cmsghdr {
    socklen_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};

struct timeval {
    long tv_sec;
    long tv_usec;
};

/* Query a device, here the number of bytes to read. ioctl(2) */
int ioctl(int fd, int request, ...);

/* The credentials of a socket's peer: illumos and Solaris only. getpeerucred(3C), ucred_get(3C) */
typedef struct ucred_s ucred_t;

int getpeerucred(int fd, ucred_t **ucred);
void ucred_free(ucred_t *ucred);
pid_t ucred_getpid(const ucred_t *ucred);
uid_t ucred_geteuid(const ucred_t *ucred);
gid_t ucred_getegid(const ucred_t *ucred);
int ucred_getgroups(const ucred_t *ucred, const gid_t **groups);
