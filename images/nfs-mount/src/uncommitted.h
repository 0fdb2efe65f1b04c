#ifndef UNCOMMITTED_H
#define UNCOMMITTED_H

#include "nodes.h"

/*
 * Writes go to the server at once, which may hold them in memory until COMMIT. A server that restarts forgets them and
 * says so by another verifier: then they are written again, from copies that are kept until the server has committed
 * them. The copies are bounded: a thread of its own commits when there are many, and writers wait when there are too many.
 */

/* Starts that thread. Returns 0 or -errno. */
int uncommitted_start(void);

/* Writes all of it, to the server's disk when `stable`. Returns 0 or -errno. */
int write_bytes(fuse_req_t request, struct node *node, const char *bytes, uint32_t size, uint64_t offset, bool stable);

/* Brings everything that was written to the server's disk. Returns 0, or -errno of this or of an earlier, unheard failure. */
int commit(fuse_req_t request, struct node *node);

/* Around a change of a file's size: what was written beyond it must not be written again. `size` is the new size. */
int resize_begin(struct node *node);
void resize_end(struct node *node, uint64_t size);
void resize_cancel(struct node *node);

#endif
