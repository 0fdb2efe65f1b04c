#ifndef SESSION_H
#define SESSION_H

#include <nfsc/libnfs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"

/*
 * One connection to an NFS server. libnfs is not thread-safe: a thread of the session's own runs its event loop, and
 * any number of threads start calls under the session's lock and wait for their own answer, so that a slow call of one
 * does not delay another.
 */
struct session;

struct session_settings {
    const char *server;
    const char *path;
    int nfs_port; /* 0: ask the port mapper */
    int mount_port;
    int give_up_ms; /* a call fails with EIO after this time (soft mounts); 0: never (hard mounts) */
};

/* Connects and mounts. Returns 0, or -errno with libnfs's words in `error`. */
int session_open(struct session **session, const struct session_settings *settings, char *error, size_t error_size);

/* For a session that was not started. */
void session_close(struct session *session);

/* Starts the event loop. Threads do not survive fork: call it in the process that stays. Returns 0 or -errno. */
int session_start(struct session *session);

/* Ends every waiting call with ENOTCONN, and every later one. */
void session_abandon(struct session *session);

/* Whether the server has said anything after this moment of now_ms. */
bool session_answered_since(struct session *session, long milliseconds);

/* Milliseconds on a clock that never goes back. */
long now_ms(void);

struct nfs_context *session_context(struct session *session);

/* The identity of the calls that start from now on. Only for a session whose calls are made one at a time. */
void session_identify(struct session *session, uint32_t uid, uint32_t gid, uint32_t group_count, uint32_t *groups);

/*
 * CALL(session, collect, &answer, patience_ms, nfs_mkdir2_async, path, mode) starts a call of libnfs and waits for it.
 * `collect` copies the answer (NULL: there is only a status); patience_ms 0 waits as long as the mount's options say.
 * Returns what the server answered: 0 or a count, or -errno.
 */
#define CALL(session, collect, answer, patience_ms, function, ...)                                                    \
    ({                                                                                                                \
        int patience_ = patience_ms; /* evaluated before the lock is taken */                                         \
        struct call *call_ = call_begin(session, collect, answer);                                                    \
        call_ ? call_finish(call_, function(session_context(session), __VA_ARGS__, call_done, call_), patience_)      \
              : -ENOMEM;                                                                                              \
    })

/* The parts of CALL. call_begin takes the session's lock, call_finish gives it back. */
struct call *call_begin(struct session *session, answer_collector collect, union answer *answer);
void call_done(int status, struct nfs_context *nfs, void *data, void *call);
int call_finish(struct call *call, int started, int patience_ms);

#endif
