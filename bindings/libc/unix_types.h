/* The integer types that are the same on every Unix. */

#include <sys/socket.h>
#include <sys/types.h>

typedef unsigned int socklen_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef int pid_t;
