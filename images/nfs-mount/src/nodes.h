#ifndef NODES_H
#define NODES_H

#include <fuse3/fuse_lowlevel.h>
#include <pthread.h>

#include "memory.h"
#include "procedures.h"

/* Reads the table that a predecessor left, or begins one with the root. Returns 0 or -errno. */
int nodes_start(void);

/* The file that the kernel calls `id`; it holds as long as the kernel has not forgotten it. NULL: there is none. */
struct node *node_of(fuse_ino_t id);

/* The node of a file that the kernel is about to be told of: new, or the one that the handle has. NULL: the table is full. */
struct node *node_remember(const struct handle *handle, uint64_t file_number);

/* The node that a handle has, for as long as its file is open; NULL: none. */
struct node *node_known(const struct handle *handle);

/* Holds a node that somebody else remembers. */
void node_pin(struct node *node);

/* Takes back what node_remember or node_pin did, `count` times. A node that nobody remembers is gone. */
void node_forget(struct node *node, uint64_t count);

/* What this process, and no other, knows of a file that was opened or written. */
struct file {
    pthread_mutex_t committing; /* one COMMIT at a time; before `writing` */
    pthread_rwlock_t writing;   /* shared by writes, alone when what was written before is written again */
    pthread_mutex_t appending;
    struct range *first, *last; /* what was written and is not on the server's disk, in the order of writing */
    struct file *next;          /* of those that have such ranges */
    struct node *node;
    bool listed;
    bool inherited; /* a predecessor wrote what is uncommitted, and took its copy along */
};

/* NULL: out of memory. */
struct file *file_of(struct node *node);

#endif
