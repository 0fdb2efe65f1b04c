#ifndef PROCEDURES_H
#define PROCEDURES_H

#include <fuse3/fuse_lowlevel.h>
#include <nfsc/libnfs.h>
#include <stdbool.h>
#include <sys/statvfs.h>

/* After libnfs.h, which they need. */
#include <nfsc/libnfs-raw-nfs.h>
#include <nfsc/libnfs-raw.h>

#include "export.h"

/*
 * A procedure of NFS version 3. `start` takes the arguments' structure of libnfs; `collect` copies the answer out of
 * libnfs's memory, which lives no longer than its callback, into the structure named below (NULL: there is only a status).
 */
struct procedure {
    int (*start)(struct rpc_context *rpc, rpc_cb done, void *arguments, void *call);
    void (*collect)(const void *answer, void *result);
};

/* Who makes a call. AUTH_SYS carries no more supplementary groups than this. */
#define MAX_GROUPS 16

struct identity {
    uint32_t uid;
    uint32_t gid;
    uint32_t group_count;
    uint32_t groups[MAX_GROUPS];
};

/* Attributes that came along with an answer, or did not. */
struct attributes {
    bool known;
    fattr3 value;
};

/* What was looked up or made. A server may leave out either when it made something. */
struct found {
    struct handle handle; /* size 0: unknown */
    struct attributes attributes;
};

struct piece {
    char *bytes; /* the caller's memory */
    uint32_t size; /* in: the room there is; out: what was read */
    bool end;
};

struct written {
    uint32_t count;
    bool stable;
    char verifier[NFS3_WRITEVERFSIZE];
};

struct target {
    char path[4097];
};

/* Entries are written as FUSE wants them until the room is used up. */
struct listing {
    fuse_req_t request;
    char *bytes;
    size_t room;
    size_t used;
    bool end;
    char verifier[NFS3_COOKIEVERFSIZE];
};

extern const struct procedure GETATTR;     /* struct attributes */
extern const struct procedure SETATTR;     /* struct attributes */
extern const struct procedure LOOKUP;      /* struct found */
extern const struct procedure CREATE;      /* struct found */
extern const struct procedure MKDIR;       /* struct found */
extern const struct procedure SYMLINK;     /* struct found */
extern const struct procedure MKNOD;       /* struct found */
extern const struct procedure READ;        /* struct piece */
extern const struct procedure WRITE;       /* struct written */
extern const struct procedure COMMIT;      /* struct written: the verifier */
extern const struct procedure READLINK;    /* struct target */
extern const struct procedure READDIRPLUS; /* struct listing */
extern const struct procedure FSSTAT;      /* struct statvfs */
extern const struct procedure REMOVE;
extern const struct procedure RMDIR;
extern const struct procedure RENAME;
extern const struct procedure LINK;

/* Returns the errno of what a server answered, negated; -EAGAIN for "later" (JUKEBOX). */
int status_of(nfsstat3 status);

static inline nfs_fh3 fh_of(const struct handle *handle)
{
    return (nfs_fh3){.data = {.data_len = handle->size, .data_val = (char *)handle->bytes}};
}

/* The type of a file as bits of a mode. */
mode_t type_of(ftype3 type);

#endif
