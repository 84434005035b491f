/* The functions of advapi32.dll for security descriptors. Types as in kernel32.h; security descriptors,
 * SIDs and ACLs, which are of any length, are void *.
 * Each comment ends with the title of the page on Microsoft Learn.
 */

#include <windows.h>
#include <aclapi.h>
#include <sddl.h>

/* A security descriptor in absolute format: its parts are elsewhere. SECURITY_DESCRIPTOR structure */
struct SECURITY_DESCRIPTOR {
    uint8_t Revision;
    uint8_t Sbz1;
    uint16_t Control;
    void *Owner;
    void *Group;
    void *Sacl;
    void *Dacl;
};

/* The head of an access control list. ACL structure */
struct ACL {
    uint8_t AclRevision;
    uint8_t Sbz1;
    uint16_t AclSize;
    uint16_t AceCount;
    uint16_t Sbz2;
};

/* All that is in a TOKEN_USER, the user of a token; the SID itself follows. SID_AND_ATTRIBUTES structure */
struct SID_AND_ATTRIBUTES {
    void *Sid;
    uint32_t Attributes;
};

/* Text */

/* Read SDDL. ConvertStringSecurityDescriptorToSecurityDescriptorW function */
int32_t ConvertStringSecurityDescriptorToSecurityDescriptorW(
    const wchar_t *StringSecurityDescriptor, uint32_t StringSDRevision, void **SecurityDescriptor,
    uint32_t *SecurityDescriptorSize);

/* Write SDDL. ConvertSecurityDescriptorToStringSecurityDescriptorW function */
int32_t ConvertSecurityDescriptorToStringSecurityDescriptorW(
    void *SecurityDescriptor, uint32_t RequestedStringSDRevision, uint32_t SecurityInformation,
    wchar_t **StringSecurityDescriptor, uint32_t *StringSecurityDescriptorLen);

/* Read a SID. ConvertStringSidToSidW function */
int32_t ConvertStringSidToSidW(const wchar_t *StringSid, void **Sid);

/* Write a SID. ConvertSidToStringSidW function */
int32_t ConvertSidToStringSidW(void *Sid, wchar_t **StringSid);

/* Security descriptors */

/* Make an empty descriptor. InitializeSecurityDescriptor function */
int32_t InitializeSecurityDescriptor(void *pSecurityDescriptor, uint32_t dwRevision);

/* Check a descriptor and its parts. IsValidSecurityDescriptor function */
int32_t IsValidSecurityDescriptor(void *pSecurityDescriptor);

/* The length of a descriptor with all of its parts. GetSecurityDescriptorLength function */
uint32_t GetSecurityDescriptorLength(void *pSecurityDescriptor);

/* Make a descriptor self-relative. MakeSelfRelativeSD function */
int32_t MakeSelfRelativeSD(void *pAbsoluteSecurityDescriptor, void *pSelfRelativeSecurityDescriptor,
                           uint32_t *lpdwBufferLength);

/* Put each part into its own memory. MakeAbsoluteSD function */
int32_t MakeAbsoluteSD(void *pSelfRelativeSecurityDescriptor, void *pAbsoluteSecurityDescriptor,
                       uint32_t *lpdwAbsoluteSecurityDescriptorSize, void *pDacl,
                       uint32_t *lpdwDaclSize, void *pSacl, uint32_t *lpdwSaclSize, void *pOwner,
                       uint32_t *lpdwOwnerSize, void *pPrimaryGroup, uint32_t *lpdwPrimaryGroupSize);

/* The control bits. GetSecurityDescriptorControl function */
int32_t GetSecurityDescriptorControl(void *pSecurityDescriptor, uint16_t *pControl,
                                     uint32_t *lpdwRevision);

/* Set the control bits about the inheritance of lists. SetSecurityDescriptorControl function */
int32_t SetSecurityDescriptorControl(void *pSecurityDescriptor, uint16_t ControlBitsOfInterest,
                                     uint16_t ControlBitsToSet);

/* GetSecurityDescriptorOwner function */
int32_t GetSecurityDescriptorOwner(void *pSecurityDescriptor, void **pOwner,
                                   int32_t *lpbOwnerDefaulted);

/* GetSecurityDescriptorGroup function */
int32_t GetSecurityDescriptorGroup(void *pSecurityDescriptor, void **pGroup,
                                   int32_t *lpbGroupDefaulted);

/* GetSecurityDescriptorDacl function */
int32_t GetSecurityDescriptorDacl(void *pSecurityDescriptor, int32_t *lpbDaclPresent, void **pDacl,
                                  int32_t *lpbDaclDefaulted);

/* GetSecurityDescriptorSacl function */
int32_t GetSecurityDescriptorSacl(void *pSecurityDescriptor, int32_t *lpbSaclPresent, void **pSacl,
                                  int32_t *lpbSaclDefaulted);

/* SetSecurityDescriptorOwner function */
int32_t SetSecurityDescriptorOwner(void *pSecurityDescriptor, void *pOwner, int32_t bOwnerDefaulted);

/* SetSecurityDescriptorGroup function */
int32_t SetSecurityDescriptorGroup(void *pSecurityDescriptor, void *pGroup, int32_t bGroupDefaulted);

/* SetSecurityDescriptorDacl function */
int32_t SetSecurityDescriptorDacl(void *pSecurityDescriptor, int32_t bDaclPresent, void *pDacl,
                                  int32_t bDaclDefaulted);

/* SetSecurityDescriptorSacl function */
int32_t SetSecurityDescriptorSacl(void *pSecurityDescriptor, int32_t bSaclPresent, void *pSacl,
                                  int32_t bSaclDefaulted);

/* SIDs and ACLs */

/* The length of a SID. GetLengthSid function */
uint32_t GetLengthSid(void *pSid);

/* The name of a SID and of its domain. LookupAccountSidW function */
int32_t LookupAccountSidW(const wchar_t *lpSystemName, void *Sid, wchar_t *Name, uint32_t *cchName,
                          wchar_t *ReferencedDomainName, uint32_t *cchReferencedDomainName, int32_t *peUse);

/* Check a list. IsValidAcl function */
int32_t IsValidAcl(void *pAcl);

/* Open objects; these return an error code, or 0 */

/* Copy the security descriptor of an object. GetSecurityInfo function */
uint32_t GetSecurityInfo(intptr_t handle, int32_t ObjectType, uint32_t SecurityInfo, void **ppsidOwner,
                         void **ppsidGroup, void **ppDacl, void **ppSacl, void **ppSecurityDescriptor);

/* Change the security descriptor of an object. SetSecurityInfo function */
uint32_t SetSecurityInfo(intptr_t handle, int32_t ObjectType, uint32_t SecurityInfo, void *psidOwner,
                         void *psidGroup, void *pDacl, void *pSacl);

/* Tokens */

/* Open the token of a process. OpenProcessToken function */
int32_t OpenProcessToken(intptr_t ProcessHandle, uint32_t DesiredAccess, intptr_t *TokenHandle);

/* Open the token that a thread impersonates. OpenThreadToken function */
int32_t OpenThreadToken(intptr_t ThreadHandle, uint32_t DesiredAccess, int32_t OpenAsSelf, intptr_t *TokenHandle);

/* Query a token. GetTokenInformation function */
int32_t GetTokenInformation(intptr_t TokenHandle, int32_t TokenInformationClass, void *TokenInformation,
                            uint32_t TokenInformationLength, uint32_t *ReturnLength);

#define SDDL_REVISION_1 1
#define SECURITY_DESCRIPTOR_REVISION 1
#define SE_KERNEL_OBJECT 6
#define TOKEN_QUERY 0x0008
#define TokenUser 1
#define SECURITY_MAX_SID_SIZE 68

/* The parts of a descriptor. SECURITY_INFORMATION */
#define OWNER_SECURITY_INFORMATION 0x00000001
#define GROUP_SECURITY_INFORMATION 0x00000002
#define DACL_SECURITY_INFORMATION 0x00000004
#define SACL_SECURITY_INFORMATION 0x00000008
#define LABEL_SECURITY_INFORMATION 0x00000010
#define UNPROTECTED_SACL_SECURITY_INFORMATION 0x10000000
#define UNPROTECTED_DACL_SECURITY_INFORMATION 0x20000000
#define PROTECTED_SACL_SECURITY_INFORMATION 0x40000000
#define PROTECTED_DACL_SECURITY_INFORMATION 0x80000000

/* Control bits. SECURITY_DESCRIPTOR_CONTROL */
#define SE_OWNER_DEFAULTED 0x0001
#define SE_GROUP_DEFAULTED 0x0002
#define SE_DACL_PRESENT 0x0004
#define SE_DACL_DEFAULTED 0x0008
#define SE_SACL_PRESENT 0x0010
#define SE_SACL_DEFAULTED 0x0020
#define SE_DACL_AUTO_INHERIT_REQ 0x0100
#define SE_SACL_AUTO_INHERIT_REQ 0x0200
#define SE_DACL_AUTO_INHERITED 0x0400
#define SE_SACL_AUTO_INHERITED 0x0800
#define SE_DACL_PROTECTED 0x1000
#define SE_SACL_PROTECTED 0x2000
#define SE_RM_CONTROL_VALID 0x4000
#define SE_SELF_RELATIVE 0x8000
