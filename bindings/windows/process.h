/* The functions of kernel32.dll for other processes and for memory that the system allocates. Types as in
 * kernel32.h. Each comment ends with the title of the page on Microsoft Learn.
 */

#include <windows.h>

/* Open a process by its number. OpenProcess function */
intptr_t OpenProcess(uint32_t dwDesiredAccess, int32_t bInheritHandle, uint32_t dwProcessId);

/* Free memory that a function has returned. LocalFree function */
void *LocalFree(void *hMem);

/* The number that always denotes the calling thread. GetCurrentThread function */
intptr_t GetCurrentThread(void);

#define PROCESS_DUP_HANDLE 0x0040
#define PROCESS_QUERY_LIMITED_INFORMATION 0x1000
#define DUPLICATE_CLOSE_SOURCE 0x0001
