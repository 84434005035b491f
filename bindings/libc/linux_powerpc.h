/* The differences on PowerPC. */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define SO_PEERCRED 21
#define O_DIRECTORY 0x4000
#define O_NOFOLLOW 0x8000
#define FIONREAD 0x4004667f
