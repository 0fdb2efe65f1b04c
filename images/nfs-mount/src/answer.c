#include "answer.h"

#include <string.h>

void collect_attributes(struct nfs_context *nfs, int status, void *data, union answer *answer)
{
    (void)nfs, (void)status;
    if (answer) answer->attributes = *(struct nfs_stat_64 *)data;
}

void collect_file_system(struct nfs_context *nfs, int status, void *data, union answer *answer)
{
    (void)nfs, (void)status;
    if (answer) answer->file_system = *(struct statvfs *)data;
}

static void ignore(int status, struct nfs_context *nfs, void *data, void *nothing)
{
    (void)status, (void)nfs, (void)data, (void)nothing;
}

void collect_handle(struct nfs_context *nfs, int status, void *data, union answer *answer)
{
    (void)status;
    if (answer) answer->handle = data;
    else nfs_close_async(nfs, data, ignore, NULL);
}

void collect_directory(struct nfs_context *nfs, int status, void *data, union answer *answer)
{
    (void)status;
    if (answer) answer->directory = data;
    else nfs_closedir(nfs, data);
}

void collect_bytes(struct nfs_context *nfs, int status, void *data, union answer *answer)
{
    (void)nfs;
    if (answer && status > 0) memcpy(answer->buffer.bytes, data, (size_t)status);
}

void collect_link(struct nfs_context *nfs, int status, void *data, union answer *answer)
{
    (void)nfs, (void)status;
    if (!answer) return;
    strncpy(answer->buffer.bytes, data, answer->buffer.size - 1);
    answer->buffer.bytes[answer->buffer.size - 1] = '\0';
}
