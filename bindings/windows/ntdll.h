/* The two functions of ntdll.dll that answer what kernel32.dll has no question for: how a handle was opened,
 * what the pipe is called, and what state it is in. Types as in kernel32.h; NTSTATUS is int32_t.
 * Each comment ends with the title of the function's page on Microsoft Learn.
 */

#include <windows.h>
#include <winternl.h>

struct IO_STATUS_BLOCK {
    union {
        int32_t Status;
        void *Pointer;
    };
    uintptr_t Information;
};

/* FILE_NAME_INFORMATION structure, with room for the longest name of a pipe */
struct FILE_NAME_INFORMATION {
    uint32_t FileNameLength;
    uint16_t FileName[260];
};

/* FILE_PIPE_LOCAL_INFORMATION structure */
struct FILE_PIPE_LOCAL_INFORMATION {
    uint32_t NamedPipeType;
    uint32_t NamedPipeConfiguration;
    uint32_t MaximumInstances;
    uint32_t CurrentInstances;
    uint32_t InboundQuota;
    uint32_t ReadDataAvailable;
    uint32_t OutboundQuota;
    uint32_t WriteQuotaAvailable;
    uint32_t NamedPipeState;
    uint32_t NamedPipeEnd;
};

/* PUBLIC_OBJECT_BASIC_INFORMATION structure */
struct PUBLIC_OBJECT_BASIC_INFORMATION {
    uint32_t Attributes;
    uint32_t GrantedAccess;
    uint32_t HandleCount;
    uint32_t PointerCount;
    uint32_t Reserved[10];
};

/* Tell about an open file. NtQueryInformationFile function */
int32_t NtQueryInformationFile(intptr_t FileHandle, struct IO_STATUS_BLOCK *IoStatusBlock,
                               void *FileInformation, uint32_t Length, int32_t FileInformationClass);

/* Tell about a handle. NtQueryObject function */
int32_t NtQueryObject(intptr_t Handle, int32_t ObjectInformationClass, void *ObjectInformation,
                      uint32_t ObjectInformationLength, uint32_t *ReturnLength);

#define FileModeInformation 16
#define FileNameInformation 9
#define FilePipeLocalInformation 24
#define ObjectBasicInformation 0
