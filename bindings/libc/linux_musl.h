/* musl, on every processor. */

/* Query a device, here the number of bytes to read. ioctl(2) */
int ioctl(int fd, int request, ...);

#define SOMAXCONN 128
/* Besides reading and writing, musl counts O_SEARCH and O_EXEC (both O_PATH) as a mode of access. */
#define O_ACCMODE 0x200003
