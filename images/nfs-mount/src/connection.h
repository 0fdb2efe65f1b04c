#ifndef CONNECTION_H
#define CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "procedures.h"

/*
 * The connection to the server, which is made anew whenever it is lost. libnfs is not thread-safe: everything here is done
 * under the lock, also by the thread of the connection's own that receives.
 */
extern struct connection {
    pthread_mutex_t lock;
    pthread_cond_t made;
    struct rpc_context *rpc; /* NULL while there is no connection */
    bool broken;             /* the receiver has not yet seen that it is */
    unsigned ends;           /* how many have come to an end, and told every call that waited */
    _Atomic long last_answer_ms;
} connection;

/* Returns 0 or -errno; it does not wait for the server. */
int connection_start(const char *server, int port);

/* A number for a call, by which the server tells a copy from another call. */
uint32_t connection_xid(void);

/* The calls that are started next are made as this identity (NULL: root), the very next with this number. */
void connection_prepare(const struct identity *identity, uint32_t xid);

/* Sends at once what the socket takes of the calls that were started. */
void connection_send(void);

/* Where nothing else is under way, no answer says that the server is there: this asks for one. */
void connection_ask(void);

#endif
