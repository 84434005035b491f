/* The functions of advapi32.dll by which a server impersonates a client. Types as in kernel32.h.
 * Each comment ends with the title of the function's page on Microsoft Learn.
 */

/* Let this thread impersonate a pipe's client. ImpersonateNamedPipeClient function */
int32_t ImpersonateNamedPipeClient(intptr_t hNamedPipe);

/* End the impersonation of this thread. RevertToSelf function */
int32_t RevertToSelf(void);
