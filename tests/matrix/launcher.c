/* Starts the musl Python of the package `freeze-core`, which is a program without a command line that
 * nevertheless exports all of Python: it is opened like a library, and asked for python's own main. */

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* What Debian's zlib, which Python needs, takes from glibc for functions that Python does not call. */

int __vsnprintf_chk(char *text, size_t length, int flag, size_t room, const char *format, va_list list)
{
    return vsnprintf(text, length, format, list);
}

int __snprintf_chk(char *text, size_t length, int flag, size_t room, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int result = vsnprintf(text, length, format, list);
    va_end(list);
    return result;
}

off_t lseek64(int fd, off_t offset, int whence)
{
    return lseek(fd, offset, whence);
}

int main(int argc, char **argv)
{
    void *python = dlopen("/python/lib/libpython.so", RTLD_NOW | RTLD_GLOBAL);
    int (*run)(int, char **) = python ? (int (*)(int, char **))dlsym(python, "Py_BytesMain") : NULL;
    if (!run) {
        fprintf(stderr, "%s\n", dlerror());
        return 127;
    }
    return run(argc, argv);
}
