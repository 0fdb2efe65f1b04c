#ifndef MEMORY_H
#define MEMORY_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "export.h"
#include "procedures.h"

/*
 * What outlives the process that serves a mount: memory that it shares with its guard, and from which its successor goes
 * on. It is right after a crash at any instruction: what is in it counts from the moment an atomic store says so. It is
 * sparse: only pages that were used take memory.
 */

/* A file that the kernel knows. Its number for the kernel is `id`: place in the table, and how often that was used before. */
struct node {
    _Atomic uint64_t id; /* 0: the place is free. Stored last. */
    _Atomic uint64_t lookups; /* how often the kernel was told of it, less how often it said that it forgot it */
    _Atomic uint64_t hidden_in; /* unlinked while open: the directory that holds it under its hidden name; 0: not hidden */
    uint64_t file_number;
    _Atomic uint32_t opens;
    _Atomic int error; /* of a write whose writer had gone on, as -errno, until somebody is told */
    uint32_t generation;
    atomic_bool uncommitted; /* the server may hold what is not on its disk */
    atomic_bool flows; /* small writes follow one another: the next may be taken in */
    char verifier[8]; /* of the first write that is uncommitted; of a directory: of the listing */
    struct handle handle;
};

#define NODES (1u << 22)

/* One request at a time, of the thread that the slot belongs to. The size is what FUSE asks a buffer to have. */
#define SLOTS 64
#define PAGE 4096u
#define TRANSFER_SIZE (1u << 20)
#define REPLY_SIZE 256

enum slot_state {
    SLOT_FREE,
    SLOT_TAKEN,   /* a request is being read, or is in work: it is one as soon as its header says how long it is */
    SLOT_ANSWERED /* `reply` is the answer, which the kernel may have or not */
};

struct slot {
    _Atomic enum slot_state state;
    atomic_bool repeated;       /* the server may have done this before */
    atomic_bool passed;         /* its first part is done, or decided: `append_at` is where an appending write goes */
    uint64_t append_at;
    uint32_t taken_in; /* not 0: its bytes are in memory->behind, one less than this, from `append_at` on */
    uint32_t reply_size;
    char reply[REPLY_SIZE];
    _Alignas(PAGE) char request[PAGE + TRANSFER_SIZE];
};

/*
 * What was written to a file and is to be sent: a ring. Its places are virtual, they only grow, and are those of the ring
 * modulo its size; `origin` added to them are places in the file.
 */
#define BEHIND 16
#define BEHIND_SIZE (64u << 10)

struct behind {
    _Atomic uint64_t node; /* its id; 0: nobody's */
    _Atomic uint64_t begin, end;
    _Atomic uint64_t decided; /* of appends: `origin` holds for what is before it */
    uint64_t origin;
    bool at_the_end; /* appends */
};

#define DEATHS 10

struct memory {
    char server[256];
    char spec[PATH_MAX];
    char directory[PATH_MAX];
    struct export export;
    int give_up_ms;
    fattr3 root;         /* what the server last said of it */
    struct statvfs space;
    uint64_t secret; /* tells this mount's exclusive creations from those of others */
    atomic_bool ended;
    _Atomic long death_ms[DEATHS]; /* the last ones, in a ring */
    _Atomic unsigned deaths;
    uint32_t init_size; /* of the kernel's first request; stored last */
    char init[PAGE];
    _Atomic uint32_t opens;      /* of all files */
    _Atomic uint32_t node_count; /* places ever used, and place 0 */
    struct slot slots[SLOTS];
    struct behind behind[BEHIND];
    char behind_bytes[BEHIND][BEHIND_SIZE];
    _Alignas(PAGE) struct node nodes[NODES];
};

/* The memory of this process's mount; NULL before memory_create or memory_open. */
extern struct memory *memory;

/* Returns the descriptor of new shared memory, or -errno. */
int memory_create(void);

/* Returns 0 or -errno. */
int memory_open(int descriptor);

#endif
