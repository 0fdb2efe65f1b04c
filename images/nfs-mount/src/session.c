#include "session.h"

#include <errno.h>
#include <fuse3/fuse.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nfsc/libnfs-raw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A server that does not answer at all is reported to whoever mounts after this time. */
#define MOUNT_TIMEOUT_MS 10000
/* TCP would retransmit to a server that came back for minutes; a connection that gets no acknowledgement is made anew. */
#define DEAD_CONNECTION_MS 10000
#define RECONNECT_DELAY_US 100000
/* An interrupted call is given up only when the server has been silent for this long: a slow answer is still an answer. */
#define SILENCE_MS 5000
#define TICK_MS 500

struct session {
    struct nfs_context *nfs;
    struct session_settings settings;
    pthread_mutex_t lock;
    pthread_t event_loop;
    int wake;
    long last_answer_ms;
    bool ended;
};

struct call {
    struct session *session;
    pthread_cond_t finished;
    answer_collector collect;
    union answer *answer;
    int status;
    bool done;
    bool abandoned;
};

long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void fixed_ports(struct nfs_context *nfs, const struct session_settings *settings)
{
    char url[128];
    int nfs_port = settings->nfs_port, mount_port = settings->mount_port;
    if (!nfs_port && !mount_port) return;
    /* libnfs 4.0 takes ports only as arguments of a URL; parsing it changes the context. */
    int used = snprintf(url, sizeof url, "nfs://server/path/?");
    if (nfs_port) used += snprintf(url + used, sizeof url - (size_t)used, "nfsport=%d&", nfs_port);
    if (mount_port) snprintf(url + used, sizeof url - (size_t)used, "mountport=%d", mount_port);
    nfs_destroy_url(nfs_parse_url_dir(nfs, url));
}

int session_open(struct session **result, const struct session_settings *settings, char *error, size_t error_size)
{
    struct session *session = calloc(1, sizeof *session);
    struct nfs_context *nfs = nfs_init_context();
    if (!session || !nfs) return -ENOMEM;
    session->nfs = nfs;
    session->settings = *settings;
    pthread_mutex_init(&session->lock, NULL);

    fixed_ports(nfs, settings);
    nfs_set_uid(nfs, 0);
    nfs_set_gid(nfs, 0);
    nfs_umask(nfs, 0); /* the kernel has applied the caller's */
    nfs_set_dircache(nfs, 0); /* other mounts change directories */
    nfs_set_tcp_syncnt(nfs, 2);
    nfs_set_autoreconnect(nfs, -1); /* libnfs looks at it once, when the mount is made */
    nfs_set_timeout(nfs, MOUNT_TIMEOUT_MS);
    int status = nfs_mount(nfs, settings->server, settings->path);
    if (status) {
        snprintf(error, error_size, "%s", nfs_get_error(nfs));
        session_close(session);
        return status > 0 ? -EIO : status;
    }
    /* From here on calls are sent again for ever; how long a caller waits is decided in call_finish. */
    nfs_set_timeout(nfs, -1);
    *result = session;
    return 0;
}

void session_close(struct session *session)
{
    nfs_destroy_context(session->nfs);
    free(session);
}

struct nfs_context *session_context(struct session *session)
{
    return session->nfs;
}

static void limit_dead_connection(int socket)
{
    int milliseconds = DEAD_CONNECTION_MS, on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
    setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

static void *run_event_loop(void *argument)
{
    struct session *session = argument;
    limit_dead_connection(nfs_get_fd(session->nfs));
    for (;;) {
        pthread_mutex_lock(&session->lock);
        struct pollfd fds[] = {
            {.fd = nfs_get_fd(session->nfs), .events = (short)nfs_which_events(session->nfs)},
            {.fd = session->wake, .events = POLLIN},
        };
        pthread_mutex_unlock(&session->lock);

        bool connecting = !(fds[0].events & POLLIN);
        if (connecting) limit_dead_connection(fds[0].fd);
        poll(fds, 2, TICK_MS);
        uint64_t wakes;
        if (fds[1].revents & POLLIN && read(session->wake, &wakes, sizeof wakes) < 0 && errno != EAGAIN) abort();
        bool broken = fds[0].revents & (POLLERR | POLLHUP | POLLNVAL);
        /* libnfs reconnects at once; a server that refuses would keep this thread busy. */
        if (broken) usleep(RECONNECT_DELAY_US);

        pthread_mutex_lock(&session->lock);
        int revents = fds[0].revents & POLLNVAL ? POLLHUP : fds[0].revents;
        if (revents & POLLIN && !broken) session->last_answer_ms = now_ms();
        if (nfs_service(session->nfs, revents) < 0) {
            pthread_mutex_unlock(&session->lock);
            usleep(RECONNECT_DELAY_US);
            continue;
        }
        pthread_mutex_unlock(&session->lock);
    }
    return NULL;
}

int session_start(struct session *session)
{
    session->last_answer_ms = now_ms();
    session->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (session->wake < 0) return -errno;
    return -pthread_create(&session->event_loop, NULL, run_event_loop, session);
}

static void wake(struct session *session)
{
    uint64_t one = 1;
    if (write(session->wake, &one, sizeof one) < 0 && errno != EAGAIN) abort();
}

void session_abandon(struct session *session)
{
    pthread_mutex_lock(&session->lock);
    session->ended = true; /* waiting calls look at it at their next tick */
    pthread_mutex_unlock(&session->lock);
}

bool session_answered_since(struct session *session, long milliseconds)
{
    pthread_mutex_lock(&session->lock);
    bool answered = session->last_answer_ms > milliseconds;
    pthread_mutex_unlock(&session->lock);
    return answered;
}

void session_identify(struct session *session, uint32_t uid, uint32_t gid, uint32_t group_count, uint32_t *groups)
{
    pthread_mutex_lock(&session->lock);
    nfs_set_auth(session->nfs, libnfs_authunix_create("mount.nfs-fuse", uid, gid, group_count, groups));
    pthread_mutex_unlock(&session->lock);
}

struct call *call_begin(struct session *session, answer_collector collect, union answer *answer)
{
    struct call *call = calloc(1, sizeof *call);
    if (!call) return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&call->finished, &monotonic);
    call->session = session;
    call->collect = collect;
    call->answer = answer;
    pthread_mutex_lock(&session->lock);
    return call;
}

static void call_free(struct call *call)
{
    pthread_cond_destroy(&call->finished);
    free(call);
}

/* Runs in the event loop, under the session's lock. */
void call_done(int status, struct nfs_context *nfs, void *data, void *private)
{
    struct call *call = private;
    if (status >= 0 && call->collect) call->collect(nfs, status, data, call->abandoned ? NULL : call->answer);
    if (call->abandoned) {
        call_free(call);
        return;
    }
    call->status = status == -EFAULT ? -EIO : status; /* libnfs says EFAULT for every failed part */
    call->done = true;
    pthread_cond_signal(&call->finished);
}

/* Why a call that has no answer yet is given up, as -errno; 0: it goes on. */
static int reason_to_give_up(const struct call *call, long started_ms, int patience_ms)
{
    const struct session *session = call->session;
    long now = now_ms(), waited = now - started_ms, silent = now - session->last_answer_ms;
    int give_up_ms = session->settings.give_up_ms;
    if (session->ended) return -ENOTCONN;
    if (patience_ms && waited >= patience_ms) return -ETIMEDOUT;
    if (give_up_ms && waited >= give_up_ms) return -EIO;
    if (waited >= SILENCE_MS && silent >= SILENCE_MS && fuse_interrupted()) return -EINTR;
    return 0;
}

int call_finish(struct call *call, int started, int patience_ms)
{
    struct session *session = call->session;
    long started_ms = now_ms();
    int status = -EIO;
    if (started < 0) {
        call_free(call);
        pthread_mutex_unlock(&session->lock);
        return status;
    }
    wake(session);
    while (!call->done && !(status = reason_to_give_up(call, started_ms, patience_ms))) {
        struct timespec tick;
        long tick_ms = patience_ms && patience_ms < TICK_MS ? patience_ms : TICK_MS;
        clock_gettime(CLOCK_MONOTONIC, &tick);
        tick.tv_nsec += tick_ms * 1000000L;
        tick.tv_sec += tick.tv_nsec / 1000000000L;
        tick.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&call->finished, &session->lock, &tick);
    }
    if (call->done) {
        status = call->status;
        call_free(call);
    } else {
        call->abandoned = true;
    }
    pthread_mutex_unlock(&session->lock);
    return status;
}
