/* The differences on SPARC, which began with SunOS's values. */

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define SOCK_CLOEXEC 0x400000
#define SOCK_NONBLOCK 0x4000
#define SOL_SOCKET 0xffff
#define SO_PEERCRED 0x40
#define SO_PEERGROUPS 61
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_ERROR 0x1007
#define SO_TYPE 0x1008
#define SO_ACCEPTCONN 0x8000
#define POLLRDHUP 0x800
#define O_NONBLOCK 0x4000
#define O_CLOEXEC 0x400000
#define O_PATH 0x1000000
#define FIONREAD 0x4004667f
