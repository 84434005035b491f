/* The functions of ntdll.dll without a counterpart in kernel32.dll: they report how a handle was opened, and the name
 * and the state of a pipe; and they make a pipe with chosen rights. Types as in kernel32.h; NTSTATUS is int32_t.
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

/* UNICODE_STRING structure */
struct UNICODE_STRING {
    uint16_t Length;
    uint16_t MaximumLength;
    uint16_t *Buffer;
};

/* OBJECT_ATTRIBUTES structure */
struct OBJECT_ATTRIBUTES {
    uint32_t Length;
    intptr_t RootDirectory;
    struct UNICODE_STRING *ObjectName;
    uint32_t Attributes;
    void *SecurityDescriptor;
    void *SecurityQualityOfService;
};

/* Query an open file. NtQueryInformationFile function */
int32_t NtQueryInformationFile(intptr_t FileHandle, struct IO_STATUS_BLOCK *IoStatusBlock,
                               void *FileInformation, uint32_t Length, int32_t FileInformationClass);

/* Query a handle. NtQueryObject function */
int32_t NtQueryObject(intptr_t Handle, int32_t ObjectInformationClass, void *ObjectInformation,
                      uint32_t ObjectInformationLength, uint32_t *ReturnLength);

/* Make a pipe, or a further instance of one. NtCreateNamedPipeFile function */
int32_t NtCreateNamedPipeFile(intptr_t *NamedPipeFileHandle, uint32_t DesiredAccess,
                              struct OBJECT_ATTRIBUTES *ObjectAttributes,
                              struct IO_STATUS_BLOCK *IoStatusBlock, uint32_t ShareAccess,
                              uint32_t CreateDisposition, uint32_t CreateOptions,
                              uint32_t NamedPipeType, uint32_t ReadMode, uint32_t CompletionMode,
                              uint32_t MaximumInstances, uint32_t InboundQuota,
                              uint32_t OutboundQuota, int64_t *DefaultTimeout);

#define OBJ_CASE_INSENSITIVE 0x00000040
#define OBJ_INHERIT 0x00000002
#define FILE_CREATE 0x00000002
#define FILE_OPEN_IF 0x00000003
#define FILE_WRITE_THROUGH 0x00000002
#define FileModeInformation 16
#define FileNameInformation 9
#define FilePipeLocalInformation 24
#define ObjectBasicInformation 0
