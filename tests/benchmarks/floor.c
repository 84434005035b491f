/* The floor: what two processes need that make the same system calls from C.
 *
 *     floor round-trip|polling|stream SIZE COUNT SERVER-CORE CLIENT-CORE
 *
 * Prints the seconds that COUNT round trips, or COUNT writes of a stream and one answer, took. A core
 * of -1 is any. Ends with status 2 if other bytes arrived than were sent. */

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 100, ROOM = 65536 };

static size_t size;
static char *message, *buffer;
/* MSG_DONTWAIT: ask again and again, and never sleep. */
static int receive_flags;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void place(int core)
{
#ifdef __linux__
    cpu_set_t cores;
    if (core < 0)
        return;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores))
        fail("sched_setaffinity");
#else
    (void)core;
#endif
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void send_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t count = send(fd, data, length, 0);
        if (count < 0)
            fail("send");
        data += count;
        length -= count;
    }
}

static size_t receive_some(int fd, char *into, size_t room)
{
    ssize_t count;
    do
        count = recv(fd, into, room, receive_flags);
    while (count < 0 && errno == EAGAIN);
    if (count < 0)
        fail("recv");
    if (count == 0) {
        fprintf(stderr, "the peer has left\n");
        exit(1);
    }
    return count;
}

static void receive_message(int fd)
{
    for (size_t received = 0; received < size;)
        received += receive_some(fd, buffer + received, size - received);
}

static void check(const char *arrived, const char *expected, size_t length)
{
    if (memcmp(arrived, expected, length)) {
        fprintf(stderr, "other bytes arrived than were sent\n");
        exit(2);
    }
}

static void answer_round_trips(int fd, long count)
{
    for (long i = 0; i < count + WARM_UP; i++) {
        receive_message(fd);
        send_all(fd, message, size);
    }
    check(buffer, message, size);
}

static double ask_round_trips(int fd, long count)
{
    double began = 0;
    for (long i = 0; i < count + WARM_UP; i++) {
        if (i == WARM_UP)
            began = seconds();
        send_all(fd, message, size);
        receive_message(fd);
    }
    double ended = seconds();
    check(buffer, message, size);
    return ended - began;
}

static void absorb_stream(int fd, long count)
{
    size_t room = size > ROOM ? size : ROOM, arrived = 0;
    for (size_t left = size * count; left; left -= arrived)
        arrived = receive_some(fd, buffer, room);
    size_t tail = arrived < size ? arrived : size;
    check(buffer + arrived - tail, message + size - tail, tail);
    send_all(fd, "", 1);
}

static double send_stream(int fd, long count)
{
    double began = seconds();
    for (long i = 0; i < count; i++)
        send_all(fd, message, size);
    receive_some(fd, buffer, 1);
    return seconds() - began;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: floor round-trip|polling|stream SIZE COUNT SERVER-CORE CLIENT-CORE\n");
        return 1;
    }
    int streams = !strcmp(argv[1], "stream");
    receive_flags = strcmp(argv[1], "polling") ? 0 : MSG_DONTWAIT;
    size = strtoul(argv[2], NULL, 10);
    long count = atol(argv[3]);
    message = malloc(size);
    buffer = malloc(size > ROOM ? size : ROOM);
    for (size_t i = 0; i < size; i++)
        message[i] = (char)(i * 31 + 7);

    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
        fail("socketpair");
    pid_t server = fork();
    if (server < 0)
        fail("fork");
    close(fds[server == 0]);
    place(atoi(argv[server ? 5 : 4]));
    if (server == 0) {
        if (streams)
            absorb_stream(fds[0], count);
        else
            answer_round_trips(fds[0], count);
        return 0;
    }
    double took = streams ? send_stream(fds[1], count) : ask_round_trips(fds[1], count);
    int status;
    waitpid(server, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    printf("%.9f\n", took);
    return 0;
}
