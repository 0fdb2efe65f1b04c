#include "uncommitted.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "session.h"

/* Bytes of copies: where committing begins, and where writers wait for it. */
#define MANY (8u << 20)
#define TOO_MANY (16u << 20)
#define TICK_MS 100

struct range {
    struct range *next;
    uint64_t offset;
    uint32_t size;
    char verifier[NFS3_WRITEVERFSIZE];
    char bytes[];
};

/* Every list of ranges is under this lock. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t many;
    pthread_cond_t fewer;
    struct file *files; /* that have ranges */
    size_t size;
} copies = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int wait_for_room(fuse_req_t request)
{
    long started_ms = now_ms();
    int status = 0;
    pthread_mutex_lock(&copies.lock);
    while (copies.size >= TOO_MANY && !(status = reason_to_give_up(AS_ROOT(request), started_ms)))
        wait_at_most(&copies.fewer, &copies.lock, TICK_MS);
    pthread_mutex_unlock(&copies.lock);
    return status;
}

static void list(struct file *file)
{
    if (file->listed) return;
    file->listed = true;
    file->next = copies.files;
    copies.files = file;
}

static void unlist(struct file *file)
{
    struct file **link = &copies.files;
    if (!file->listed) return;
    while (*link != file) link = &(*link)->next;
    *link = file->next;
    file->listed = false;
}

static void keep(struct file *file, struct range *range)
{
    struct node *node = file->node;
    pthread_mutex_lock(&copies.lock);
    if (!node->uncommitted) {
        memcpy(node->verifier, range->verifier, sizeof node->verifier);
        atomic_store(&node->uncommitted, true);
    }
    if (file->last) file->last->next = range;
    else file->first = range;
    file->last = range;
    list(file);
    copies.size += range->size;
    if (copies.size >= MANY) pthread_cond_signal(&copies.many);
    pthread_mutex_unlock(&copies.lock);
}

/* Drops the ranges up to `last`, which the server has on its disk or never will. Under the lock. */
static void drop(struct file *file, const struct range *last)
{
    struct node *node = file->node;
    while (last && file->first) {
        struct range *range = file->first;
        bool end = range == last;
        file->first = range->next;
        copies.size -= range->size;
        free(range);
        if (end) break;
    }
    file->inherited = false;
    if (file->first) {
        memcpy(node->verifier, file->first->verifier, sizeof node->verifier);
    } else {
        file->last = NULL;
        unlist(file);
        atomic_store(&node->uncommitted, false);
    }
    pthread_cond_broadcast(&copies.fewer);
}

static int write_piece(const struct terms *terms, struct node *node, const char *bytes, uint32_t size, uint64_t offset, bool stable,
                       struct written *written)
{
    WRITE3args arguments = {
        .file = fh_of(&node->handle),
        .offset = offset,
        .count = size,
        .stable = stable ? FILE_SYNC : UNSTABLE,
        .data = {.data_len = size, .data_val = (char *)bytes},
    };
    int status = call(terms, &WRITE, &arguments, written);
    return status ? status : written->count && written->count <= size ? 0 : -EIO;
}

static int write_all(const struct terms *terms, struct node *node, const char *bytes, uint32_t size, uint64_t offset, bool stable,
                     struct file *keeper)
{
    while (size) {
        uint32_t most = memory->export.write_size, part = size < most ? size : most;
        struct written written;
        /* Before the call: what is written must be kept, whatever happens. */
        struct range *range = stable ? NULL : malloc(sizeof *range + part);
        int status = write_piece(terms, node, bytes, part, offset, !range, &written);
        if (status || written.stable) {
            free(range);
        } else if (range) {
            *range = (struct range){.offset = offset, .size = written.count};
            memcpy(range->verifier, written.verifier, sizeof range->verifier);
            memcpy(range->bytes, bytes, written.count);
            keep(keeper, range);
        }
        if (status) return status;
        bytes += written.count;
        offset += written.count;
        size -= written.count;
    }
    return 0;
}

int write_bytes(fuse_req_t request, struct node *node, const char *bytes, uint32_t size, uint64_t offset, bool stable)
{
    struct file *file = file_of(node);
    if (!file) return -ENOMEM;
    int status = wait_for_room(request);
    if (status) return status;
    pthread_rwlock_rdlock(&file->writing);
    status = write_all(AS_ROOT(request), node, bytes, size, offset, stable, file);
    pthread_rwlock_unlock(&file->writing);
    return status;
}

/* In the order in which it was written, since later writes may lie over earlier ones. */
static int write_again(const struct terms *terms, struct file *file)
{
    int status = 0;
    pthread_rwlock_wrlock(&file->writing); /* nobody adds to the list now */
    for (const struct range *range = file->first; range && !status; range = range->next)
        status = write_all(terms, file->node, range->bytes, range->size, range->offset, true, NULL);
    if (status != -EINTR) {
        /* A copy that a predecessor took along cannot be written again. */
        if (!status && file->inherited) status = -EIO;
        pthread_mutex_lock(&copies.lock);
        drop(file, file->last);
        pthread_mutex_unlock(&copies.lock);
    }
    pthread_rwlock_unlock(&file->writing);
    return status;
}

static bool verified(const struct file *file, const struct range *last, const char *verifier)
{
    if (memcmp(file->node->verifier, verifier, NFS3_WRITEVERFSIZE)) return false;
    for (const struct range *range = last ? file->first : NULL; range; range = range->next) {
        if (memcmp(range->verifier, verifier, NFS3_WRITEVERFSIZE)) return false;
        if (range == last) break;
    }
    return true;
}

/* Under the lock of the file's commits. */
static int commit_file(const struct terms *terms, struct file *file)
{
    struct written committed;
    COMMIT3args arguments = {.file = fh_of(&file->node->handle)};
    pthread_mutex_lock(&copies.lock);
    struct range *last = file->last;
    pthread_mutex_unlock(&copies.lock);

    int status = call(terms, &COMMIT, &arguments, &committed);
    if (status == -EINTR) return status; /* for whoever commits next */
    pthread_mutex_lock(&copies.lock);
    bool good = !status && verified(file, last, committed.verifier);
    if (good || status) drop(file, last);
    pthread_mutex_unlock(&copies.lock);
    return good || status ? status : write_again(terms, file);
}

int commit(fuse_req_t request, struct node *node)
{
    int status = 0;
    if (node->uncommitted) {
        struct file *file = file_of(node);
        if (!file) return -ENOMEM;
        pthread_mutex_lock(&file->committing);
        if (node->uncommitted) status = commit_file(AS_ROOT(request), file);
        pthread_mutex_unlock(&file->committing);
    }
    int earlier = atomic_exchange(&node->error, 0);
    return earlier ? earlier : status;
}

/* Returns the file that has waited longest, pinned. Under the lock. */
static struct file *oldest(void)
{
    struct file *file = copies.files;
    while (file && file->next) file = file->next;
    if (file) node_pin(file->node);
    return file;
}

static void *commit_when_many(void *nothing)
{
    static const struct terms on_nobodys_behalf;
    bool trimmed = true;
    pthread_mutex_lock(&copies.lock);
    for (;;) {
        if (copies.size < MANY) {
            wait_at_most(&copies.many, &copies.lock, trimmed ? 60000 : 1000);
            if (copies.size == 0 && !trimmed) malloc_trim(0);
            trimmed = copies.size == 0;
            continue;
        }
        trimmed = false;
        struct file *file = oldest();
        pthread_mutex_unlock(&copies.lock);
        pthread_mutex_lock(&file->committing);
        int status = file->node->uncommitted ? commit_file(&on_nobodys_behalf, file) : 0;
        if (status) atomic_store(&file->node->error, status);
        pthread_mutex_unlock(&file->committing);
        node_forget(file->node, 1);
        pthread_mutex_lock(&copies.lock);
    }
    return nothing;
}

int uncommitted_start(void)
{
    pthread_t committer;
    condition_init(&copies.many);
    condition_init(&copies.fewer);
    return -pthread_create(&committer, NULL, commit_when_many, NULL);
}

int resize_begin(struct node *node)
{
    struct file *file = file_of(node);
    if (!file) return -ENOMEM;
    pthread_mutex_lock(&file->committing);
    pthread_rwlock_wrlock(&file->writing);
    return 0;
}

void resize_cancel(struct node *node)
{
    struct file *file = file_of(node);
    pthread_rwlock_unlock(&file->writing);
    pthread_mutex_unlock(&file->committing);
}

void resize_end(struct node *node, uint64_t size)
{
    struct file *file = file_of(node);
    pthread_mutex_lock(&copies.lock);
    for (struct range *range = file->first; range; range = range->next) {
        uint32_t left = range->offset >= size ? 0 : size - range->offset < range->size ? (uint32_t)(size - range->offset) : range->size;
        copies.size -= range->size - left;
        range->size = left;
    }
    pthread_cond_broadcast(&copies.fewer);
    pthread_mutex_unlock(&copies.lock);
    resize_cancel(node);
}
