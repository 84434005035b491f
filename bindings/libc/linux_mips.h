/* The differences on MIPS, which began with System V's values. */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define SOCK_STREAM 2
#define SOCK_DGRAM 1
#define SOCK_NONBLOCK 0x80
#define SOL_SOCKET 0xffff
#define SO_PEERCRED 18
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_ERROR 0x1007
#define SO_TYPE 0x1008
#define SO_ACCEPTCONN 0x1009
#define O_NONBLOCK 0x80
#define FIONREAD 0x467f
