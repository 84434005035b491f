/* The functions of kernel32.dll that pipes need. The types are Microsoft's own under C's names of fixed
 * width, so that the layout is the same wherever these declarations are compiled:
 *     HANDLE           intptr_t, so that a handle is a number in Python too
 *     DWORD, ULONG     uint32_t       BOOL     int32_t
 *     ULONG_PTR        uintptr_t      WCHAR    wchar_t, 16 bits on Windows
 * Each comment ends with the title of the function's page on Microsoft Learn.
 */

#include <windows.h>
#include <ntstatus.h>
#include <psapi.h>

/* An input or output operation that may continue after the call that began it. OVERLAPPED structure */
struct OVERLAPPED {
    uintptr_t Internal;
    uintptr_t InternalHigh;
    uint32_t Offset;
    uint32_t OffsetHigh;
    intptr_t hEvent;
};

/* The access control of a new object, and whether children inherit its handle. SECURITY_ATTRIBUTES structure */
struct SECURITY_ATTRIBUTES {
    uint32_t nLength;
    void *lpSecurityDescriptor;
    int32_t bInheritHandle;
};

/* Pages that are alike, from an address on. On 64 bits a field that is not used has its place in a gap
 * here. MEMORY_BASIC_INFORMATION structure */
struct MEMORY_BASIC_INFORMATION {
    void *BaseAddress;
    void *AllocationBase;
    uint32_t AllocationProtect;
    size_t RegionSize;
    uint32_t State;
    uint32_t Protect;
    uint32_t Type;
};

/* Handles */

/* Close a handle. CloseHandle function */
int32_t CloseHandle(intptr_t hObject);

/* Make another handle for the same object. DuplicateHandle function */
int32_t DuplicateHandle(intptr_t hSourceProcessHandle, intptr_t hSourceHandle, intptr_t hTargetProcessHandle,
                        intptr_t *lpTargetHandle, uint32_t dwDesiredAccess, int32_t bInheritHandle,
                        uint32_t dwOptions);

/* The handle that denotes the process itself. GetCurrentProcess function */
intptr_t GetCurrentProcess(void);

/* Get the processors that a process may run on, of its group, and all processors of that group, as bits.
 * GetProcessAffinityMask function */
int32_t GetProcessAffinityMask(intptr_t hProcess, uintptr_t *lpProcessAffinityMask,
                               uintptr_t *lpSystemAffinityMask);

/* Insert an entry at the front of a list, atomically. Return the previous first entry. The list and the entry
 * are aligned to 16 bytes. InterlockedPushEntrySList function */
void *InterlockedPushEntrySList(void *ListHead, void *ListEntry);

/* Get a handle's flags. GetHandleInformation function */
int32_t GetHandleInformation(intptr_t hObject, uint32_t *lpdwFlags);

/* Set a handle's flags. SetHandleInformation function */
int32_t SetHandleInformation(intptr_t hObject, uint32_t dwMask, uint32_t dwFlags);

/* Get the kind of file of a handle. GetFileType function */
uint32_t GetFileType(intptr_t hFile);

/* Get the calling thread's last error. GetLastError function */
uint32_t GetLastError(void);

/* Set the calling thread's last error. SetLastError function */
void SetLastError(uint32_t dwErrCode);

/* Waiting */

/* Create an event. CreateEventW function */
intptr_t CreateEventW(struct SECURITY_ATTRIBUTES *lpEventAttributes, int32_t bManualReset,
                   int32_t bInitialState, const wchar_t *lpName);

/* Wait until an object is signalled. WaitForSingleObject function */
uint32_t WaitForSingleObject(intptr_t hHandle, uint32_t dwMilliseconds);

/* Wait until one of several objects, or all, are signalled. WaitForMultipleObjects function */
uint32_t WaitForMultipleObjects(uint32_t nCount, const intptr_t *lpHandles, int32_t bWaitAll,
                                uint32_t dwMilliseconds);

/* Open a thread by its number. OpenThread function */
intptr_t OpenThread(uint32_t dwDesiredAccess, int32_t bInheritHandle, uint32_t dwThreadId);

/* The number of the calling thread. GetCurrentThreadId function */
uint32_t GetCurrentThreadId(void);

/* Input and output */

/* Open a pipe by its name. CreateFileW function */
intptr_t CreateFileW(const wchar_t *lpFileName, uint32_t dwDesiredAccess, uint32_t dwShareMode,
                  struct SECURITY_ATTRIBUTES *lpSecurityAttributes, uint32_t dwCreationDisposition,
                  uint32_t dwFlagsAndAttributes, intptr_t hTemplateFile);

/* Begin to read. ReadFile function */
int32_t ReadFile(intptr_t hFile, void *lpBuffer, uint32_t nNumberOfBytesToRead,
                 uint32_t *lpNumberOfBytesRead, struct OVERLAPPED *lpOverlapped);

/* Begin to write. WriteFile function */
int32_t WriteFile(intptr_t hFile, const void *lpBuffer, uint32_t nNumberOfBytesToWrite,
                  uint32_t *lpNumberOfBytesWritten, struct OVERLAPPED *lpOverlapped);

/* Wait until the other end has read everything. FlushFileBuffers function */
int32_t FlushFileBuffers(intptr_t hFile);

/* Get the result of an operation. GetOverlappedResult function */
int32_t GetOverlappedResult(intptr_t hFile, struct OVERLAPPED *lpOverlapped,
                            uint32_t *lpNumberOfBytesTransferred, int32_t bWait);

/* Cancel an operation. CancelIoEx function */
int32_t CancelIoEx(intptr_t hFile, struct OVERLAPPED *lpOverlapped);

/* Report the ends of a handle's operations to a completion port. CreateIoCompletionPort function */
intptr_t CreateIoCompletionPort(intptr_t FileHandle, intptr_t ExistingCompletionPort,
                                uintptr_t CompletionKey, uint32_t NumberOfConcurrentThreads);

/* Cancel a thread's blocking call. CancelSynchronousIo function */
int32_t CancelSynchronousIo(intptr_t hThread);

/* Shared memory */

/* Create memory that can be shared. CreateFileMappingW function */
intptr_t CreateFileMappingW(intptr_t hFile, struct SECURITY_ATTRIBUTES *lpFileMappingAttributes,
                            uint32_t flProtect, uint32_t dwMaximumSizeHigh, uint32_t dwMaximumSizeLow,
                            const wchar_t *lpName);

/* Map it. MapViewOfFile function */
void *MapViewOfFile(intptr_t hFileMappingObject, uint32_t dwDesiredAccess, uint32_t dwFileOffsetHigh,
                    uint32_t dwFileOffsetLow, size_t dwNumberOfBytesToMap);

/* Unmap it. UnmapViewOfFile function */
int32_t UnmapViewOfFile(const void *lpBaseAddress);

/* Tell about pages of this process. VirtualQuery function */
size_t VirtualQuery(const void *lpAddress, struct MEMORY_BASIC_INFORMATION *lpBuffer, size_t dwLength);

/* Tell the file that is mapped at an address. GetMappedFileNameW function */
uint32_t K32GetMappedFileNameW(intptr_t hProcess, void *lpv, wchar_t *lpFilename, uint32_t nSize);

/* Named pipes */

/* Create a pipe, or one more instance of it. CreateNamedPipeW function */
intptr_t CreateNamedPipeW(const wchar_t *lpName, uint32_t dwOpenMode, uint32_t dwPipeMode,
                       uint32_t nMaxInstances, uint32_t nOutBufferSize, uint32_t nInBufferSize,
                       uint32_t nDefaultTimeOut, struct SECURITY_ATTRIBUTES *lpSecurityAttributes);

/* Begin to wait for a client. ConnectNamedPipe function */
int32_t ConnectNamedPipe(intptr_t hNamedPipe, struct OVERLAPPED *lpOverlapped);

/* Disconnect the client. DisconnectNamedPipe function */
int32_t DisconnectNamedPipe(intptr_t hNamedPipe);

/* Wait until an instance is free for a client. WaitNamedPipeW function */
int32_t WaitNamedPipeW(const wchar_t *lpNamedPipeName, uint32_t nTimeOut);

/* Look at the data that can be read. PeekNamedPipe function */
int32_t PeekNamedPipe(intptr_t hNamedPipe, void *lpBuffer, uint32_t nBufferSize, uint32_t *lpBytesRead,
                      uint32_t *lpTotalBytesAvail, uint32_t *lpBytesLeftThisMessage);

/* Get the constant properties of a pipe. GetNamedPipeInfo function */
int32_t GetNamedPipeInfo(intptr_t hNamedPipe, uint32_t *lpFlags, uint32_t *lpOutBufferSize,
                         uint32_t *lpInBufferSize, uint32_t *lpMaxInstances);

/* Get the changeable properties of one end of a pipe. GetNamedPipeHandleStateW function */
int32_t GetNamedPipeHandleStateW(intptr_t hNamedPipe, uint32_t *lpState, uint32_t *lpCurInstances,
                                 uint32_t *lpMaxCollectionCount, uint32_t *lpCollectDataTimeout,
                                 wchar_t *lpUserName, uint32_t nMaxUserNameSize);

/* Change one end of a pipe. SetNamedPipeHandleState function */
int32_t SetNamedPipeHandleState(intptr_t hNamedPipe, uint32_t *lpMode, uint32_t *lpMaxCollectionCount,
                                uint32_t *lpCollectDataTimeout);

/* The client's process. GetNamedPipeClientProcessId function */
int32_t GetNamedPipeClientProcessId(intptr_t Pipe, uint32_t *ClientProcessId);

/* The server's process. GetNamedPipeServerProcessId function */
int32_t GetNamedPipeServerProcessId(intptr_t Pipe, uint32_t *ServerProcessId);

/* The client's session. GetNamedPipeClientSessionId function */
int32_t GetNamedPipeClientSessionId(intptr_t Pipe, uint32_t *ClientSessionId);

/* The server's session. GetNamedPipeServerSessionId function */
int32_t GetNamedPipeServerSessionId(intptr_t Pipe, uint32_t *ServerSessionId);

/* Access rights */
#define GENERIC_READ 0x80000000
#define GENERIC_WRITE 0x40000000
#define FILE_READ_DATA 0x0001
#define FILE_WRITE_DATA 0x0002
#define FILE_READ_ATTRIBUTES 0x0080
#define FILE_WRITE_ATTRIBUTES 0x0100
#define WRITE_DAC 0x00040000
#define THREAD_TERMINATE 0x0001
#define DUPLICATE_SAME_ACCESS 0x0002

/* CreateFileW and CreateNamedPipeW */
#define OPEN_EXISTING 3
#define FILE_FLAG_OVERLAPPED 0x40000000
#define FILE_FLAG_WRITE_THROUGH 0x80000000
#define FILE_FLAG_FIRST_PIPE_INSTANCE 0x00080000
#define SECURITY_SQOS_PRESENT 0x00100000
#define SECURITY_IDENTIFICATION 0x00010000
#define SECURITY_IMPERSONATION 0x00020000
#define PIPE_TYPE_MESSAGE 0x00000004
#define PIPE_READMODE_MESSAGE 0x00000002
#define PIPE_REJECT_REMOTE_CLIENTS 0x00000008
#define PIPE_SERVER_END 0x00000001

/* Shared memory */
#define PAGE_READWRITE 0x04
#define FILE_MAP_WRITE 0x0002
#define FILE_MAP_READ 0x0004
#define SECTION_QUERY 0x0001
#define MEM_COMMIT 0x00001000
#define MEM_MAPPED 0x00040000

#define FILE_TYPE_PIPE 3
#define HANDLE_FLAG_INHERIT 1
#define INVALID_HANDLE_VALUE -1
#define WAIT_TIMEOUT 258
#define WAIT_FAILED 0xFFFFFFFF

/* Bits of the mode that ntdll reports: how a file was opened */
#define FILE_SYNCHRONOUS_IO_ALERT 0x00000010
#define FILE_SYNCHRONOUS_IO_NONALERT 0x00000020

/* System error codes */
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_ACCESS_DENIED 5
#define ERROR_HANDLE_EOF 38
#define ERROR_INVALID_PARAMETER 87
#define ERROR_BROKEN_PIPE 109
#define ERROR_SEM_TIMEOUT 121
#define ERROR_PIPE_BUSY 231
#define ERROR_NO_DATA 232
#define ERROR_PIPE_NOT_CONNECTED 233
#define ERROR_MORE_DATA 234
#define ERROR_PIPE_CONNECTED 535
#define ERROR_OPERATION_ABORTED 995
#define ERROR_IO_PENDING 997
#define ERROR_NOT_FOUND 1168

/* NTSTATUS values, which the system leaves in OVERLAPPED.Internal */
#define STATUS_CANCELLED 0xC0000120
#define STATUS_PENDING 0x00000103
#define STATUS_BUFFER_OVERFLOW 0x80000005
