#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

/* An attempt to connect is given up and made again after this time, so that a server that comes back is seen soon. */
#define CONNECT_MS 3000
#define RECONNECT_DELAY_MS 100
/*
 * After so many retransmissions without an acknowledgement, some 12 s, a connection is made anew: TCP would go on for minutes
 * to a server that came back as another. But one that acknowledges and takes nothing is busy. Its connection is kept, as
 * it has calls in it: they would be carried out after their copies on a new one, over what was written since. So
 * TCP_USER_TIMEOUT, which counts both, is not for here.
 */
#define UNACKNOWLEDGED 6
#define TICK_MS 500

struct connection connection = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
    const char *server;
    int port;
    int wake; /* an eventfd: the receiver has something to send or to see */
    struct identity identity;
    uint32_t last_xid;
    bool asked; /* whether it answers at all */
} own;

static bool is_dead(int socket)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size)) return true;
    return info.tcpi_retransmits >= UNACKNOWLEDGED || info.tcpi_probes >= UNACKNOWLEDGED;
}

static void connected(struct rpc_context *rpc, int status, void *data, void *outcome)
{
    (void)rpc, (void)data;
    *(int *)outcome = status == RPC_STATUS_SUCCESS ? 1 : -1;
}

static struct rpc_context *connect_once(void)
{
    struct rpc_context *rpc = rpc_init_context();
    long until_ms = now_ms() + CONNECT_MS;
    int outcome = 0;
    if (!rpc) return NULL;
    if (rpc_connect_port_async(rpc, own.server, own.port, NFS_PROGRAM, NFS_V3, connected, &outcome)) outcome = -1;
    while (!outcome && now_ms() < until_ms) {
        struct pollfd socket = {.fd = rpc_get_fd(rpc), .events = (short)rpc_which_events(rpc)};
        poll(&socket, 1, TICK_MS);
        if (rpc_service(rpc, socket.revents & POLLNVAL ? POLLHUP : socket.revents) < 0) outcome = -1;
    }
    if (outcome == 1) return rpc;
    rpc_destroy_context(rpc);
    return NULL;
}

static void use_connection(struct rpc_context *rpc)
{
    static const struct identity root;
    pthread_mutex_lock(&connection.lock);
    connection.rpc = rpc;
    connection.broken = false;
    own.asked = false;
    own.identity = root;
    rpc_set_auth(rpc, libnfs_authunix_create("mount.nfs-fuse", 0, 0, 0, NULL));
    connection.last_answer_ms = now_ms();
    pthread_cond_broadcast(&connection.made);
    pthread_mutex_unlock(&connection.lock);
}

/* Returns false when the connection has come to its end. */
static bool receive(void)
{
    pthread_mutex_lock(&connection.lock);
    struct pollfd fds[] = {
        {.fd = rpc_get_fd(connection.rpc), .events = (short)rpc_which_events(connection.rpc)},
        {.fd = own.wake, .events = POLLIN},
    };
    pthread_mutex_unlock(&connection.lock);

    poll(fds, 2, TICK_MS);
    uint64_t wakes;
    if (fds[1].revents & POLLIN && read(own.wake, &wakes, sizeof wakes) < 0 && errno != EAGAIN) abort();

    pthread_mutex_lock(&connection.lock);
    bool broken = connection.broken || fds[0].revents & (POLLERR | POLLHUP | POLLNVAL);
    if (!fds[0].revents) broken = broken || is_dead(fds[0].fd);
    if (!broken && fds[0].revents) {
        if (fds[0].revents & POLLIN) connection.last_answer_ms = now_ms();
        broken = rpc_service(connection.rpc, fds[0].revents) < 0;
    }
    if (broken) {
        connection.ends++;
        rpc_destroy_context(connection.rpc); /* which tells every call that waits */
        connection.rpc = NULL;
    }
    pthread_mutex_unlock(&connection.lock);
    return !broken;
}

static void *run(void *nothing)
{
    for (;;) {
        struct rpc_context *rpc = connect_once();
        if (rpc) {
            use_connection(rpc);
            while (receive()) {}
        }
        usleep(RECONNECT_DELAY_MS * 1000);
    }
    return nothing;
}

int connection_start(const char *server, int port)
{
    pthread_t receiver;
    own.server = server;
    own.port = port;
    /* Not those of a predecessor, whose answers the server may still know. */
    if (getrandom(&own.last_xid, sizeof own.last_xid, 0) < 0) return -errno;
    condition_init(&connection.made);
    connection.last_answer_ms = now_ms();
    own.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (own.wake < 0) return -errno;
    return -pthread_create(&receiver, NULL, run, NULL);
}

static void wake(void)
{
    uint64_t one = 1;
    if (write(own.wake, &one, sizeof one) < 0 && errno != EAGAIN) abort();
}

uint32_t connection_xid(void)
{
    return ++own.last_xid;
}

/* libnfs puts the identity that it has into each call when it is started. */
static void identify(const struct identity *wanted)
{
    static const struct identity root;
    if (!wanted) wanted = &root;
    if (memcmp(wanted, &own.identity, sizeof *wanted) == 0) return;
    own.identity = *wanted;
    rpc_set_auth(connection.rpc,
                 libnfs_authunix_create("mount.nfs-fuse", wanted->uid, wanted->gid, wanted->group_count, own.identity.groups));
}

void connection_prepare(const struct identity *identity, uint32_t xid)
{
    identify(identity);
    rpc_set_next_xid(connection.rpc, xid);
}

/* From this thread: the receiver is woken only for the rest. */
void connection_send(void)
{
    if (rpc_service(connection.rpc, POLLOUT) < 0) {
        connection.broken = true;
        wake();
    } else if (rpc_which_events(connection.rpc) & POLLOUT) {
        wake();
    }
}

static void answers(struct rpc_context *rpc, int status, void *data, void *private)
{
    (void)rpc, (void)status, (void)data, (void)private;
    own.asked = false;
}

void connection_ask(void)
{
    if (own.asked) return;
    connection_prepare(NULL, connection_xid());
    own.asked = rpc_nfs3_null_async(connection.rpc, answers, NULL) == 0;
    connection_send();
}
