/* The declarations that are the same on every Unix: functions, structures and constants that POSIX or custom
 * has standardised. The types that differ (nfds_t, mode_t …) come from the system's header, read before.
 *
 * The conventions of these headers are C's own:
 *     #include <poll.h>                   where the system declares it, for bindings/verify.py
 *     #define NAME 1                      a constant, always a plain integer
 *     #pragma redefine_extname f symbol   the library exports the function f as this symbol
 *     #pragma weak f                      some versions of the system do not have f
 */

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Sockets */

/* Create a socket. socket(2) */
int socket(int domain, int kind, int protocol);

/* Create two connected sockets. socketpair(2) */
int socketpair(int domain, int kind, int protocol, int sockets[2]);

/* Bind a socket to an address. bind(2) */
int bind(int fd, const struct sockaddr *address, socklen_t length);

/* Let a socket take connections. listen(2) */
int listen(int fd, int backlog);

/* Take the next connection. accept(2) */
int accept(int fd, struct sockaddr *address, socklen_t *length);

/* Connect a socket to an address. connect(2) */
int connect(int fd, const struct sockaddr *address, socklen_t length);

/* Close one direction of a connection or both. shutdown(2) */
int shutdown(int fd, int how);

/* Read a socket's option. getsockopt(2) */
int getsockopt(int fd, int level, int option, void *value, socklen_t *length);

/* Set a socket's option. setsockopt(2) */
int setsockopt(int fd, int level, int option, const void *value, socklen_t length);

/* Get the address that a socket is bound to. getsockname(2) */
int getsockname(int fd, struct sockaddr *address, socklen_t *length);

/* Get the address of a socket's peer. getpeername(2) */
int getpeername(int fd, struct sockaddr *address, socklen_t *length);

/* Receive bytes. recv(2) */
ssize_t recv(int fd, void *buffer, size_t length, int flags);

/* Send bytes. send(2) */
ssize_t send(int fd, const void *buffer, size_t length, int flags);

/* Receive into several buffers, with control messages. recvmsg(2) */
ssize_t recvmsg(int fd, struct msghdr *message, int flags);

/* Send from several buffers, with control messages. sendmsg(2) */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags);

/* Pipes and every other descriptor */

/* Create a pipe: the end to read, the end to write. pipe(2) */
int pipe(int fds[2]);

/* Read bytes. read(2) */
ssize_t read(int fd, void *buffer, size_t length);

/* Write bytes. write(2) */
ssize_t write(int fd, const void *buffer, size_t length);

/* Read into several buffers. readv(2) */
ssize_t readv(int fd, const struct iovec *vector, int count);

/* Write from several buffers. writev(2) */
ssize_t writev(int fd, const struct iovec *vector, int count);

/* Wait until descriptors are ready. poll(2) */
int poll(struct pollfd *entries, nfds_t count, int milliseconds);

/* Get and set the properties of a descriptor. fcntl(2) */
int fcntl(int fd, int command, ...);

/* Set the permissions of an open file. fchmod(2) */
int fchmod(int fd, mode_t mode);

/* Close a descriptor. close(2) */
int close(int fd);

/* One of the buffers of a vectored call. readv(2) */
struct iovec {
    void *iov_base;
    size_t iov_len;
};

/* One of the descriptors that poll waits for. poll(2) */
struct pollfd {
    int fd;
    short events;
    short revents;
};

#define AF_UNIX 1
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define MSG_PEEK 2
#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2
#define POLLIN 0x1
#define POLLPRI 0x2
#define POLLOUT 0x4
#define POLLERR 0x8
#define POLLHUP 0x10
#define POLLNVAL 0x20
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define FD_CLOEXEC 1
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
