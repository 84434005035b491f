/* Addresses with a length byte, as on 4.4BSD, for systems about which nothing else is known: AIX,
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
