/* New descriptors that are close-on-exec from the start; only macOS cannot make them. */

/* Take the next connection, with SOCK_CLOEXEC and SOCK_NONBLOCK as flags. accept4(2) */
int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

/* Create a pipe, with O_CLOEXEC and O_NONBLOCK as flags. pipe2(2) */
int pipe2(int fds[2], int flags);
