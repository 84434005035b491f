/* The functions of advapi32.dll with which a server takes on a client's rights. Types as in kernel32.h.
 * Each comment ends with the title of the function's page on Microsoft Learn.
 */

/* Give this thread the rights of a pipe's client. ImpersonateNamedPipeClient function */
int32_t ImpersonateNamedPipeClient(intptr_t hNamedPipe);

/* Give this thread its own rights back. RevertToSelf function */
int32_t RevertToSelf(void);
