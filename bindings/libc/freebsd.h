/* FreeBSD (and DragonFly, whose layouts are the same but for cr_pid, which it leaves 0). */

#include <sys/mman.h>
#include <sys/ucred.h>

typedef unsigned short mode_t;

/* The peer of a socket: LOCAL_PEERCRED. unix(4) */
struct xucred {
    unsigned int cr_version;
    uid_t cr_uid;
    short cr_ngroups;
    gid_t cr_groups[16];
    /* The header has a union with a pointer here, which decides the place of the process. */
    union {
        void *_cr_unused1;
        pid_t cr_pid;
    };
};

/* Make anonymous memory that can be sealed; FreeBSD 13. memfd_create(3) */
int memfd_create(const char *name, unsigned int flags);
#pragma weak memfd_create

#define MFD_CLOEXEC 0x1
#define MFD_ALLOW_SEALING 0x2
#define F_ADD_SEALS 19
#define F_GET_SEALS 20
#define F_SEAL_SEAL 0x1
#define F_SEAL_SHRINK 0x2
#define F_SEAL_GROW 0x4
#define F_SEAL_WRITE 0x8
#define SOL_LOCAL 0
#define LOCAL_PEERCRED 1
#define SO_NOSIGPIPE 0x800
#define SO_SNDTIMEO 0x1005
#define SO_RCVTIMEO 0x1006
#define SOCK_CLOEXEC 0x10000000
#define SOCK_NONBLOCK 0x20000000
#define MSG_NOSIGNAL 0x20000
#define F_DUPFD_CLOEXEC 17
#define O_CLOEXEC 0x100000
#define O_DIRECTORY 0x20000
#define O_PATH 0x400000
#define POLLRDHUP 0x4000
#define AT_FDCWD -100
