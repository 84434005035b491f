/* Linux with any C library and processor; the values are those of most processors, and the headers
 * linux_mips.h and similar ones have the differences. */

#include <limits.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

typedef unsigned int mode_t;
typedef unsigned long nfds_t;
typedef unsigned short sa_family_t;

/* Any address. */
struct sockaddr {
    sa_family_t sa_family;
    char sa_data[14];
};

/* The address of a Unix domain socket. unix(7) */
struct sockaddr_un {
    sa_family_t sun_family;
    char sun_path[108];
};

/* The peer of a socket: SO_PEERCRED. unix(7) */
struct ucred {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/* Rename and swap, or fail if the target exists; glibc 2.28, musl 1.2.6. renameat2(2) */
int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path,
              unsigned int flags);
#pragma weak renameat2

/* Make an anonymous file in memory; glibc 2.27, musl 1.1.20, Android 11. memfd_create(2) */
int memfd_create(const char *name, unsigned int flags);
#pragma weak memfd_create

#define MFD_CLOEXEC 0x1
#define MFD_ALLOW_SEALING 0x2
#define MFD_NOEXEC_SEAL 0x8
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_SEAL_SEAL 0x1
#define F_SEAL_SHRINK 0x2
#define F_SEAL_GROW 0x4
#define F_SEAL_WRITE 0x8
#define F_SEAL_FUTURE_WRITE 0x10
/* A system call by its number, for those that the C library has no function for. syscall(2) */
long syscall(long number, ...);

#define SOCK_CLOEXEC 0x80000
#define SOCK_NONBLOCK 0x800
#define SOL_SOCKET 1
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_PEERCRED 17
#define SO_ACCEPTCONN 30
#define SO_PEERGROUPS 59
#define MSG_DONTWAIT 0x40
#define MSG_NOSIGNAL 0x4000
#define MSG_CMSG_CLOEXEC 0x40000000
#define POLLRDHUP 0x2000
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#define O_NONBLOCK 0x800
#define O_DIRECTORY 0x10000
#define O_NOFOLLOW 0x20000
#define O_CLOEXEC 0x80000
#define O_PATH 0x200000
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#define FIONREAD 0x541b
#define PIPE_BUF 4096
#define AT_FDCWD -100
