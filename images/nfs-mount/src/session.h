#ifndef SESSION_H
#define SESSION_H

#include <fuse3/fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>

#include "procedures.h"

/*
 * Calls to the server, from any number of threads: each waits for its own answer, so that a slow call of one does not delay
 * another. Calls that a broken connection took with it are made again on the next one, calls that the server dropped on the
 * same one.
 */
struct session_settings {
    const char *server;
    int port;
    int give_up_ms; /* a call fails with EIO after this time (soft mounts); 0: never (hard mounts) */
};

struct terms {
    fuse_req_t request;              /* on whose behalf; NULL: nobody can interrupt it */
    const struct identity *identity; /* NULL: root */
    int patience_ms;                 /* ETIMEDOUT after this time; 0: as long as the mount's options say */
};

/* Connects, now and whenever the connection is lost. Returns 0 or -errno; it does not wait for the server. */
int session_start(const struct session_settings *settings);

/* Ends every waiting call with ENOTCONN, and every later one. */
void session_abandon(void);

/* Whether the server has said anything after this moment of now_ms. */
bool session_answered_since(long milliseconds);

/* Why somebody who has waited since `started_ms` should wait no longer, as -errno; 0: go on. */
int reason_to_give_up(const struct terms *terms, long started_ms);

/*
 * Makes a call and waits for the answer. Where it was sent more than once, because the connection broke, the request that
 * this thread works on is marked as repeated.
 * Returns 0 with the answer in `result`, or -errno.
 */
int call(const struct terms *terms, const struct procedure *procedure, void *arguments, void *result);

#define AS_ROOT(request_) (&(struct terms){.request = request_})

#endif
