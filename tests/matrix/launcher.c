/* Starts the musl Python of the package `freeze-core`, which is a program without a command line that
 * nevertheless exports all of Python: it is opened like a library, and asked for python's own main. */

#include <dlfcn.h>
#include <stdio.h>

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
