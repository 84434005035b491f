/* The integer types that are the same on every Unix. */

typedef unsigned int socklen_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef int pid_t;
