/* macOS (and iOS, whose kernel and library are the same). */

#include <launch.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ucred.h>

typedef unsigned short mode_t;

struct timeval {
    long tv_sec;
    int tv_usec;
};

/* The peer of a socket: LOCAL_PEERCRED. unix(4) */
struct xucred {
    unsigned int cr_version;
    uid_t cr_uid;
    short cr_ngroups;
    gid_t cr_groups[16];
};

/* Rename and swap (RENAME_SWAP) or fail if the target exists (RENAME_EXCL). renamex_np(2) */
int renamex_np(const char *from, const char *to, unsigned int flags);

/* Get the sockets that launchd has for a job, in memory to be freed. launch_activate_socket(3) */
int launch_activate_socket(const char *name, int **fds, size_t *count);

/* Free memory. free(3) */
void free(void *memory);

#define RENAME_SWAP 0x2
#define RENAME_EXCL 0x4
#define SOL_LOCAL 0
#define LOCAL_PEERCRED 1
#define LOCAL_PEERPID 2
#define SO_NOSIGPIPE 0x1022
#define SO_SNDTIMEO 0x1005
#define SO_RCVTIMEO 0x1006
#define MSG_NOSIGNAL 0x80000
#define F_DUPFD_CLOEXEC 67
#define F_SETNOSIGPIPE 73
#define O_CLOEXEC 0x1000000
#define O_DIRECTORY 0x100000
#define AT_FDCWD -2
