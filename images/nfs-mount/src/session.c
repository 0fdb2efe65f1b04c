#include "session.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "requests.h"

/* An attempt to connect is given up and made again after this time, so that a server that comes back is seen soon. */
#define CONNECT_MS 3000
#define RECONNECT_DELAY_MS 100
/* TCP would retransmit to a server that came back for minutes; a connection that gets no acknowledgement is made anew. */
#define DEAD_CONNECTION_MS 10000
/* An interrupted call is given up only when the server has been silent for this long: a slow answer is still an answer. */
#define SILENCE_MS 5000
#define TICK_MS 500
/* A server that says "try again later" is asked again after this time. */
#define LATER_MS 500

static struct {
    struct session_settings settings;
    pthread_mutex_t lock;
    pthread_cond_t connected;
    struct rpc_context *rpc; /* NULL while there is no connection */
    bool broken;             /* the receiver has not yet seen that it is */
    unsigned connections;    /* how many have come to an end */
    struct identity identity;
    int wake;
    _Atomic long last_answer_ms;
    atomic_bool ended;
} session = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct waiting {
    pthread_cond_t finished;
    const struct procedure *procedure;
    void *result;
    int status;
    bool done;
    bool rejected; /* the server answered nothing that the procedure knows, or there is no connection any more */
    bool abandoned;
};

static void limit_dead_connection(int socket)
{
    int milliseconds = DEAD_CONNECTION_MS, on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
    setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
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
    if (rpc_connect_port_async(rpc, session.settings.server, session.settings.port, NFS_PROGRAM, NFS_V3, connected, &outcome)) outcome = -1;
    while (!outcome && now_ms() < until_ms) {
        struct pollfd socket = {.fd = rpc_get_fd(rpc), .events = (short)rpc_which_events(rpc)};
        poll(&socket, 1, TICK_MS);
        if (rpc_service(rpc, socket.revents & POLLNVAL ? POLLHUP : socket.revents) < 0) outcome = -1;
    }
    if (outcome == 1) {
        limit_dead_connection(rpc_get_fd(rpc));
        return rpc;
    }
    rpc_destroy_context(rpc);
    return NULL;
}

static void use_connection(struct rpc_context *rpc)
{
    static const struct identity root;
    pthread_mutex_lock(&session.lock);
    session.rpc = rpc;
    session.broken = false;
    session.identity = root;
    rpc_set_auth(rpc, libnfs_authunix_create("mount.nfs-fuse", 0, 0, 0, NULL));
    session.last_answer_ms = now_ms();
    pthread_cond_broadcast(&session.connected);
    pthread_mutex_unlock(&session.lock);
}

/* Returns false when the connection has come to its end. */
static bool receive(void)
{
    pthread_mutex_lock(&session.lock);
    struct pollfd fds[] = {
        {.fd = rpc_get_fd(session.rpc), .events = (short)rpc_which_events(session.rpc)},
        {.fd = session.wake, .events = POLLIN},
    };
    pthread_mutex_unlock(&session.lock);

    poll(fds, 2, TICK_MS);
    uint64_t wakes;
    if (fds[1].revents & POLLIN && read(session.wake, &wakes, sizeof wakes) < 0 && errno != EAGAIN) abort();

    pthread_mutex_lock(&session.lock);
    bool broken = session.broken || fds[0].revents & (POLLERR | POLLHUP | POLLNVAL);
    if (!broken && fds[0].revents) {
        if (fds[0].revents & POLLIN) session.last_answer_ms = now_ms();
        broken = rpc_service(session.rpc, fds[0].revents) < 0;
    }
    if (broken) {
        session.connections++;
        rpc_destroy_context(session.rpc); /* which tells every call that waits */
        session.rpc = NULL;
    }
    pthread_mutex_unlock(&session.lock);
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

int session_start(const struct session_settings *settings)
{
    pthread_t receiver;
    session.settings = *settings;
    condition_init(&session.connected);
    session.last_answer_ms = now_ms();
    session.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (session.wake < 0) return -errno;
    return -pthread_create(&receiver, NULL, run, NULL);
}

static void wake(void)
{
    uint64_t one = 1;
    if (write(session.wake, &one, sizeof one) < 0 && errno != EAGAIN) abort();
}

void session_abandon(void)
{
    pthread_mutex_lock(&session.lock);
    session.ended = true; /* waiting calls look at it at their next tick */
    pthread_mutex_unlock(&session.lock);
}

bool session_answered_since(long milliseconds)
{
    pthread_mutex_lock(&session.lock);
    bool answered = session.last_answer_ms > milliseconds;
    pthread_mutex_unlock(&session.lock);
    return answered;
}

int reason_to_give_up(const struct terms *terms, long started_ms)
{
    long now = now_ms(), waited = now - started_ms, silent = now - session.last_answer_ms;
    int give_up_ms = session.settings.give_up_ms;
    if (session.ended) return -ENOTCONN;
    if (terms->patience_ms && waited >= terms->patience_ms) return -ETIMEDOUT;
    if (give_up_ms && waited >= give_up_ms) return -EIO;
    if (waited >= SILENCE_MS && silent >= SILENCE_MS && terms->request && fuse_req_interrupted(terms->request)) return -EINTR;
    return 0;
}

static void waiting_free(struct waiting *waiting)
{
    pthread_cond_destroy(&waiting->finished);
    free(waiting);
}

/* Runs under the session's lock. */
static void done(struct rpc_context *rpc, int status, void *data, void *private)
{
    (void)rpc;
    struct waiting *waiting = private;
    if (waiting->abandoned) {
        waiting_free(waiting);
        return;
    }
    waiting->rejected = status != RPC_STATUS_SUCCESS;
    /* Every answer begins with its status. */
    if (!waiting->rejected) waiting->status = status_of(*(nfsstat3 *)data);
    if (!waiting->rejected && !waiting->status && waiting->procedure->collect) waiting->procedure->collect(data, waiting->result);
    waiting->done = true;
    pthread_cond_signal(&waiting->finished);
}

/* The calls that start from now on are made as this identity: libnfs puts it into each when it is started. */
static void identify(const struct identity *wanted)
{
    static const struct identity root;
    if (!wanted) wanted = &root;
    if (memcmp(wanted, &session.identity, sizeof *wanted) == 0) return;
    session.identity = *wanted;
    rpc_set_auth(session.rpc,
                 libnfs_authunix_create("mount.nfs-fuse", wanted->uid, wanted->gid, wanted->group_count, session.identity.groups));
}

/* Sends at once what the socket takes, from this thread: the receiver is woken only for the rest. */
static void send_now(void)
{
    if (rpc_service(session.rpc, POLLOUT) < 0) {
        session.broken = true;
        wake();
    } else if (rpc_which_events(session.rpc) & POLLOUT) {
        wake();
    }
}

enum outcome { ANSWERED, GIVEN_UP, LOST };

static enum outcome call_once(const struct terms *terms, long started_ms, const struct procedure *procedure, void *arguments,
                              void *result, int *status)
{
    long tick_ms = terms->patience_ms && terms->patience_ms < TICK_MS ? terms->patience_ms : TICK_MS;
    while (!session.rpc || session.broken) {
        if ((*status = reason_to_give_up(terms, started_ms))) return GIVEN_UP;
        wait_at_most(&session.connected, &session.lock, tick_ms);
    }
    struct waiting *waiting = calloc(1, sizeof *waiting);
    *status = -ENOMEM;
    if (!waiting) return GIVEN_UP;
    condition_init(&waiting->finished);
    waiting->procedure = procedure;
    waiting->result = result;
    unsigned connection = session.connections;
    identify(terms->identity);
    if (procedure->start(session.rpc, done, arguments, waiting) < 0) {
        /* All that can be too much for libnfs's buffer is a name. */
        *status = -ENAMETOOLONG;
        waiting_free(waiting);
        return GIVEN_UP;
    }
    send_now();
    while (!waiting->done && !(*status = reason_to_give_up(terms, started_ms))) wait_at_most(&waiting->finished, &session.lock, tick_ms);
    if (!waiting->done) {
        waiting->abandoned = true;
        return GIVEN_UP;
    }
    bool lost = waiting->rejected && (session.broken || session.connections != connection);
    *status = waiting->rejected ? -EIO : waiting->status;
    waiting_free(waiting);
    return lost ? LOST : ANSWERED;
}

int call(const struct terms *terms, const struct procedure *procedure, void *arguments, void *result)
{
    long started_ms = now_ms();
    int status;
    pthread_mutex_lock(&session.lock);
    for (;;) {
        enum outcome outcome = call_once(terms, started_ms, procedure, arguments, result, &status);
        if (outcome == GIVEN_UP || (outcome == ANSWERED && status != -EAGAIN)) break;
        if (outcome == LOST) {
            request_is_repeated();
            continue;
        }
        wait_at_most(&session.connected, &session.lock, LATER_MS);
        if ((status = reason_to_give_up(terms, started_ms))) break;
    }
    pthread_mutex_unlock(&session.lock);
    return status;
}
