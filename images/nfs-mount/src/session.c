#include "session.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "connection.h"
#include "requests.h"

/* An interrupted call is given up only when the server has been silent for this long: a slow answer is still an answer. */
#define SILENCE_MS 5000
#define TICK_MS 500
/* A server that says "try again later" is asked again after this time. */
#define LATER_MS 500
/*
 * A server may drop a request (Ganesha does, when a file goes away under it). It has when it answers what came this long
 * after: then the call is sent again, and each time only after twice as long, as some calls are just slow.
 */
#define SLOW_MS 5000

static struct session_settings settings;
static atomic_bool ended;

/* A call on one connection. */
struct waiting {
    pthread_cond_t finished;
    const struct procedure *procedure;
    void *result;
    uint32_t xid; /* the same in each copy: by it the server knows what it has done already */
    long started_ms;
    unsigned repetitions;
    unsigned copies; /* that libnfs has, each of which ends in `done` */
    int status;
    bool done;
    bool rejected; /* the server answered nothing that the procedure knows, or there is no connection any more */
    bool left;     /* nobody waits any more */
};

int session_start(const struct session_settings *wanted)
{
    settings = *wanted;
    return connection_start(settings.server, settings.port);
}

void session_abandon(void)
{
    pthread_mutex_lock(&connection.lock);
    ended = true; /* waiting calls look at it at their next tick */
    pthread_mutex_unlock(&connection.lock);
}

bool session_answered_since(long milliseconds)
{
    pthread_mutex_lock(&connection.lock);
    bool answered = connection.last_answer_ms > milliseconds;
    pthread_mutex_unlock(&connection.lock);
    return answered;
}

int reason_to_give_up(const struct terms *terms, long started_ms)
{
    long now = now_ms(), waited = now - started_ms, silent = now - connection.last_answer_ms;
    int give_up_ms = settings.give_up_ms;
    if (ended) return -ENOTCONN;
    if (terms->patience_ms && waited >= terms->patience_ms) return -ETIMEDOUT;
    if (give_up_ms && waited >= give_up_ms) return -EIO;
    if (waited >= SILENCE_MS && silent >= SILENCE_MS && terms->request && fuse_req_interrupted(terms->request)) return -EINTR;
    return 0;
}

/* By who waits, or by libnfs: the last one frees it. */
static void free_unused(struct waiting *waiting)
{
    if (!waiting->left || waiting->copies) return;
    pthread_cond_destroy(&waiting->finished);
    free(waiting);
}

static void leave(struct waiting *waiting)
{
    waiting->left = true;
    free_unused(waiting);
}

static void take(struct waiting *waiting, int rpc_status, void *answer)
{
    waiting->rejected = rpc_status != RPC_STATUS_SUCCESS;
    /* Every answer begins with its status. */
    if (!waiting->rejected) waiting->status = status_of(*(nfsstat3 *)answer);
    if (!waiting->rejected && !waiting->status && waiting->procedure->collect) waiting->procedure->collect(answer, waiting->result);
    waiting->done = true;
    pthread_cond_signal(&waiting->finished);
}

/* Runs under the connection's lock. */
static void done(struct rpc_context *rpc, int status, void *data, void *private)
{
    (void)rpc;
    struct waiting *waiting = private;
    waiting->copies--;
    if (!waiting->left && !waiting->done) take(waiting, status, data);
    free_unused(waiting);
}

static bool start(struct waiting *waiting, const struct identity *identity, void *arguments)
{
    connection_prepare(identity, waiting->xid);
    if (waiting->procedure->start(connection.rpc, done, arguments, waiting) < 0) return false;
    waiting->copies++;
    connection_send();
    return true;
}

static void repeat_when_dropped(struct waiting *waiting, const struct identity *identity, void *arguments)
{
    long slow_ms = (long)SLOW_MS << waiting->repetitions;
    if (connection.broken || now_ms() - waiting->started_ms < slow_ms) return;
    if (connection.last_answer_ms - waiting->started_ms < slow_ms) connection_ask();
    else if (start(waiting, identity, arguments)) waiting->repetitions++;
}

enum outcome { ANSWERED, GIVEN_UP, LOST };

static enum outcome call_once(const struct terms *terms, long started_ms, const struct procedure *procedure, void *arguments,
                              void *result, int *status)
{
    long tick_ms = terms->patience_ms && terms->patience_ms < TICK_MS ? terms->patience_ms : TICK_MS;
    while (!connection.rpc || connection.broken) {
        if ((*status = reason_to_give_up(terms, started_ms))) return GIVEN_UP;
        wait_at_most(&connection.made, &connection.lock, tick_ms);
    }
    struct waiting *waiting = calloc(1, sizeof *waiting);
    *status = -ENOMEM;
    if (!waiting) return GIVEN_UP;
    condition_init(&waiting->finished);
    waiting->procedure = procedure;
    waiting->result = result;
    waiting->xid = connection_xid();
    waiting->started_ms = now_ms();
    unsigned ends = connection.ends;
    if (!start(waiting, terms->identity, arguments)) {
        /* All that can be too much for libnfs's buffer is a name. */
        *status = -ENAMETOOLONG;
        leave(waiting);
        return GIVEN_UP;
    }
    while (!waiting->done && !(*status = reason_to_give_up(terms, started_ms))) {
        repeat_when_dropped(waiting, terms->identity, arguments);
        wait_at_most(&waiting->finished, &connection.lock, tick_ms);
    }
    enum outcome outcome = GIVEN_UP;
    if (waiting->done) {
        bool lost = waiting->rejected && (connection.broken || connection.ends != ends);
        outcome = lost ? LOST : ANSWERED;
        *status = waiting->rejected ? -EIO : waiting->status;
    }
    leave(waiting);
    return outcome;
}

int call(const struct terms *terms, const struct procedure *procedure, void *arguments, void *result)
{
    long started_ms = now_ms();
    int status;
    pthread_mutex_lock(&connection.lock);
    for (;;) {
        enum outcome outcome = call_once(terms, started_ms, procedure, arguments, result, &status);
        if (outcome == GIVEN_UP || (outcome == ANSWERED && status != -EAGAIN)) break;
        if (outcome == LOST) {
            request_is_repeated();
            continue;
        }
        wait_at_most(&connection.made, &connection.lock, LATER_MS);
        if ((status = reason_to_give_up(terms, started_ms))) break;
    }
    pthread_mutex_unlock(&connection.lock);
    return status;
}
