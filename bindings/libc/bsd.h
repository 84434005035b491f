/* What macOS, FreeBSD, NetBSD and OpenBSD share: addresses with a length byte, 4.4BSD's socket
 * options. */

#include <limits.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/un.h>

typedef unsigned int nfds_t;
typedef unsigned char sa_family_t;

/* Any address. */
struct sockaddr {
    unsigned char sa_len;
    sa_family_t sa_family;
    char sa_data[14];
};

/* The address of a Unix domain socket. unix(4) */
struct sockaddr_un {
    unsigned char sun_len;
    sa_family_t sun_family;
    char sun_path[104];
};

/* The head of a control message. recvmsg(2) */
struct cmsghdr {
    socklen_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};

/* Query a device, here the number of bytes to read. ioctl(2) */
int ioctl(int fd, unsigned long request, ...);

/* Get the user and group of a socket's peer. getpeereid(3) */
int getpeereid(int fd, uid_t *user, gid_t *group);

#define SOL_SOCKET 0xffff
#define SO_ACCEPTCONN 0x2
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_ERROR 0x1007
#define SO_TYPE 0x1008
#define SOMAXCONN 128
#define MSG_DONTWAIT 0x80
#define O_ACCMODE 3
#define O_NONBLOCK 0x4
#define O_NOFOLLOW 0x100
#define FIONREAD 0x4004667f
#define PIPE_BUF 512
