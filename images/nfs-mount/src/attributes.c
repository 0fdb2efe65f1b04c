#include "file-system.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "clock.h"
#include "uncommitted.h"
#include "write-behind.h"

/*
 * umount(8) and kubelet look at the mount point (stat, statfs) before they unmount it. That must not hang when the server
 * is gone for good: when it has not answered for this long, what it last said is told again.
 */
#define PATIENCE_MS 2000
/* The second question to a server that is silent: one umount asks several. */
#define IMPATIENCE_MS 50

static pthread_mutex_t last_known = PTHREAD_MUTEX_INITIALIZER;
static long silent_since_ms; /* when the server was last asked for them in vain; 0: never */

static int patience(void)
{
    pthread_mutex_lock(&last_known);
    long since_ms = silent_since_ms;
    pthread_mutex_unlock(&last_known);
    return since_ms && !session_answered_since(since_ms) ? IMPATIENCE_MS : PATIENCE_MS;
}

/* Stores an answer in `known`, or gives the one that is there when the server was silent. */
static int remember(void *known, void *answer, size_t size, int status)
{
    pthread_mutex_lock(&last_known);
    if (status == 0) memcpy(known, answer, size);
    if (status == -ETIMEDOUT) {
        memcpy(answer, known, size);
        silent_since_ms = now_ms();
        status = 0;
    }
    pthread_mutex_unlock(&last_known);
    return status;
}

static int root_attributes(fuse_req_t request, fattr3 *attributes)
{
    GETATTR3args arguments = {.object = fh_of(&memory->export.root)};
    struct attributes answer;
    int status = call(&(struct terms){.request = request, .patience_ms = patience()}, &GETATTR, &arguments, &answer);
    status = remember(&memory->root, &answer.value, sizeof answer.value, status);
    if (!status) *attributes = answer.value;
    return status;
}

static int space(fuse_req_t request, struct statvfs *result)
{
    FSSTAT3args arguments = {.fsroot = fh_of(&memory->export.root)};
    int status = call(&(struct terms){.request = request, .patience_ms = patience()}, &FSSTAT, &arguments, result);
    return remember(&memory->space, result, sizeof *result, status);
}

int get_attributes(fuse_req_t request, const struct handle *handle, fattr3 *attributes)
{
    GETATTR3args arguments = {.object = fh_of(handle)};
    struct attributes answer;
    int status = call(AS_ROOT(request), &GETATTR, &arguments, &answer);
    if (!status) *attributes = answer.value;
    return status;
}

int look_at_root(void)
{
    FSSTAT3args arguments = {.fsroot = fh_of(&memory->export.root)};
    int status = get_attributes(NULL, &memory->export.root, &memory->root);
    return status ? status : call(AS_ROOT(NULL), &FSSTAT, &arguments, &memory->space);
}

struct stat stat_of(const fattr3 *from)
{
    return (struct stat){
        .st_ino = from->fileid,
        .st_mode = type_of(from->type) | (from->mode & 07777),
        .st_nlink = from->nlink,
        .st_uid = from->uid,
        .st_gid = from->gid,
        .st_rdev = makedev(from->rdev.specdata1, from->rdev.specdata2),
        .st_size = (off_t)from->size,
        .st_blksize = PAGE,
        .st_blocks = (blkcnt_t)((from->used + 511) / 512),
        .st_atim = {.tv_sec = from->atime.seconds, .tv_nsec = from->atime.nseconds},
        .st_mtim = {.tv_sec = from->mtime.seconds, .tv_nsec = from->mtime.nseconds},
        .st_ctim = {.tv_sec = from->ctime.seconds, .tv_nsec = from->ctime.nseconds},
    };
}

/*
 * Nothing is believed longer than one system call: close-to-open consistency between mounts. A walk along a path asks for
 * the attributes of each directory twice, though, as an entry of the one above and for its permissions; so those hold for
 * the kernel's shortest time.
 */
double validity_of(const struct stat *stat)
{
    return S_ISDIR(stat->st_mode) ? 0.001 : 0;
}

static void reply_attributes(fuse_req_t request, int status, const fattr3 *attributes)
{
    if (status) {
        fuse_reply_err(request, -status);
        return;
    }
    struct stat stat = stat_of(attributes);
    fuse_reply_attr(request, &stat, validity_of(&stat));
}

void fs_getattr(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info)
{
    (void)info;
    struct node *node = node_of(id);
    fattr3 attributes;
    if (node) send_behind(request, node, false);
    int status = !node ? -ESTALE
                 : id == FUSE_ROOT_ID ? root_attributes(request, &attributes)
                                      : get_attributes(request, &node->handle, &attributes);
    reply_attributes(request, status, &attributes);
}

/* A time that NFS version 3 cannot say becomes the nearest that it can. */
static nfstime3 time_of(const struct timespec *time)
{
    if (time->tv_sec < 0) return (nfstime3){.seconds = 0};
    if (time->tv_sec > UINT32_MAX) return (nfstime3){.seconds = UINT32_MAX};
    return (nfstime3){.seconds = (u_int)time->tv_sec, .nseconds = (u_int)time->tv_nsec};
}

static sattr3 changes(const struct stat *wanted, int which)
{
    sattr3 to = {.mode.set_it = 0};
    if ((to.mode.set_it = (which & FUSE_SET_ATTR_MODE) != 0)) to.mode.set_mode3_u.mode = wanted->st_mode & 07777;
    if ((to.uid.set_it = (which & FUSE_SET_ATTR_UID) != 0)) to.uid.set_uid3_u.uid = wanted->st_uid;
    if ((to.gid.set_it = (which & FUSE_SET_ATTR_GID) != 0)) to.gid.set_gid3_u.gid = wanted->st_gid;
    if ((to.size.set_it = (which & FUSE_SET_ATTR_SIZE) != 0)) to.size.set_size3_u.size = (size3)wanted->st_size;
    if (which & FUSE_SET_ATTR_ATIME_NOW) to.atime.set_it = SET_TO_SERVER_TIME;
    else if (which & FUSE_SET_ATTR_ATIME)
        to.atime = (set_atime){.set_it = SET_TO_CLIENT_TIME, .set_atime_u.atime = time_of(&wanted->st_atim)};
    if (which & FUSE_SET_ATTR_MTIME_NOW) to.mtime.set_it = SET_TO_SERVER_TIME;
    else if (which & FUSE_SET_ATTR_MTIME)
        to.mtime = (set_mtime){.set_it = SET_TO_CLIENT_TIME, .set_mtime_u.mtime = time_of(&wanted->st_mtim)};
    return to;
}

static int set_attributes(fuse_req_t request, struct node *node, const sattr3 *wanted, struct attributes *after)
{
    SETATTR3args arguments = {.object = fh_of(&node->handle), .new_attributes = *wanted};
    send_behind(request, node, false);
    node->flows = false;
    int status = wanted->size.set_it ? resize_begin(node) : 0;
    if (status) return status;
    status = call(AS_ROOT(request), &SETATTR, &arguments, after);
    if (wanted->size.set_it && status) resize_cancel(node);
    if (wanted->size.set_it && !status) resize_end(node, wanted->size.set_size3_u.size);
    return status;
}

int truncate_file(fuse_req_t request, struct node *node)
{
    struct attributes ignored;
    sattr3 empty = {.size = {.set_it = 1}};
    return set_attributes(request, node, &empty, &ignored);
}

void fs_setattr(fuse_req_t request, fuse_ino_t id, struct stat *wanted, int which, struct fuse_file_info *info)
{
    (void)info;
    struct node *node = node_of(id);
    struct attributes after;
    sattr3 to = changes(wanted, which);
    int status = node ? set_attributes(request, node, &to, &after) : -ESTALE;
    if (!status && !after.known) status = get_attributes(request, &node->handle, &after.value);
    reply_attributes(request, status, &after.value);
}

void fs_statfs(fuse_req_t request, fuse_ino_t id)
{
    (void)id;
    struct statvfs result;
    int status = space(request, &result);
    if (status) fuse_reply_err(request, -status);
    else fuse_reply_statfs(request, &result);
}
