#ifndef ANSWER_H
#define ANSWER_H

#include <nfsc/libnfs.h>
#include <stddef.h>
#include <sys/statvfs.h>

/* What a call brings back besides its status. */
union answer {
    struct nfs_stat_64 attributes;
    struct statvfs file_system;
    struct nfsfh *handle;
    struct nfsdir *directory;
    struct {
        char *bytes; /* the caller's memory */
        size_t size;
    } buffer;
};

/*
 * Copies the answer out of libnfs's memory, which lives no longer than its callback. `answer` is NULL when nobody waits
 * any more: then the collector gives back what the server handed out.
 */
typedef void (*answer_collector)(struct nfs_context *nfs, int status, void *data, union answer *answer);

void collect_attributes(struct nfs_context *nfs, int status, void *data, union answer *answer);
void collect_file_system(struct nfs_context *nfs, int status, void *data, union answer *answer);
void collect_handle(struct nfs_context *nfs, int status, void *data, union answer *answer);
void collect_directory(struct nfs_context *nfs, int status, void *data, union answer *answer);
void collect_bytes(struct nfs_context *nfs, int status, void *data, union answer *answer);
void collect_link(struct nfs_context *nfs, int status, void *data, union answer *answer);

#endif
