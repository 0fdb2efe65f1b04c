#ifndef WRITE_BEHIND_H
#define WRITE_BEHIND_H

#include "nodes.h"

/*
 * Small writes that follow one another in a file (a log, above all) are taken in and sent together a moment later, at the
 * latest when somebody looks at the file, fsyncs or closes it. Until then they are in the memory that outlives the worker.
 * An append is given its place when it is sent: at the end that the server has then.
 */

#define AT_THE_END UINT64_MAX

/* Takes up what a predecessor had taken in, and starts the thread that sends. Returns 0 or -errno. */
int write_behind_start(void);

/*
 * Takes a write in. `offset` may be AT_THE_END. Returns false when it must be sent now, after all that was taken in before.
 * What it takes in it takes in once, also when a successor repeats the request.
 */
bool write_behind(struct node *node, const char *bytes, uint32_t size, uint64_t offset);

/*
 * Sends what was taken in of a file, to the server's disk when `stable`. Returns 0 or -errno: then it is still to be sent,
 * and nothing is taken in behind it. Whoever writes, fsyncs or closes must hear of that; others need not.
 */
int send_behind(fuse_req_t request, struct node *node, bool stable);

/* Forgets what could not be sent. */
void drop_behind(struct node *node);

/* Whether anything of the file is still to be sent. */
bool is_behind(const struct node *node);

#endif
