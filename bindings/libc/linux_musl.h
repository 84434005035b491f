/* musl, on every processor. */

/* Ask a device, here how much there is to read. ioctl(2) */
int ioctl(int fd, int request, ...);

#define SOMAXCONN 128
/* Besides reading and writing, musl counts O_SEARCH and O_EXEC (both O_PATH) as a mode of access. */
#define O_ACCMODE 0x200003
