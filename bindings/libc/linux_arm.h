/* The differences on Arm and m68k. */

#include <fcntl.h>

#define O_DIRECTORY 0x4000
#define O_NOFOLLOW 0x8000
