/* python.exe: the panda3d wheel brings the interpreter as a DLL, but not the program that runs it.
   Loaded by name rather than linked, because there is no import library. PYTHON_DLL is given by
   the compiler's command line: the version may be another one (see assemble.py). */
#include <stdio.h>
#include <windows.h>

int wmain(int argc, wchar_t **argv)
{
    HMODULE python = LoadLibraryW(PYTHON_DLL);
    int (*run)(int, wchar_t **) = python ? (void *)GetProcAddress(python, "Py_Main") : NULL;
    if (!run) {
        fprintf(stderr, "launcher: cannot load the interpreter: error %lu\n", GetLastError());
        return 120;
    }
    return run(argc, argv);
}
