/* Addresses with a length byte, as 4.4BSD has them, on systems that we know nothing else of: AIX,
 * Haiku, the Hurd. Their paths have room for 1023, 126 and 108 bytes; each of them takes the
 * shortest. */

typedef unsigned char sa_family_t;

struct sockaddr {
    unsigned char sa_len;
    sa_family_t sa_family;
    char sa_data[14];
};

struct sockaddr_un {
    unsigned char sun_len;
    sa_family_t sun_family;
    char sun_path[108];
};
