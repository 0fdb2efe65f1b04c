#include "file-system.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/*
 * umount(8) and kubelet look at the mount point (stat, statfs) before they unmount it. That must not hang when the server
 * is gone for good: when it has not answered for this long, what it last said is told again.
 */
#define PATIENCE_MS 2000
/* The second question to a server that is silent: one umount asks several. */
#define IMPATIENCE_MS 50

int file_system_init(struct file_system *file_system, struct session *files, struct session *creator)
{
    memset(file_system, 0, sizeof *file_system);
    file_system->files = files;
    file_system->creator = creator;
    pthread_mutex_init(&file_system->creating, NULL);
    pthread_mutex_init(&file_system->appending, NULL);
    struct last_known *known = &file_system->last_known;
    pthread_mutex_init(&known->lock, NULL);
    int status = CALL(files, collect_attributes, &known->attributes, 0, nfs_lstat64_async, "/");
    return status ? status : CALL(files, collect_file_system, &known->space, 0, nfs_statvfs_async, "/");
}

static int patience(struct file_system *file_system)
{
    struct last_known *known = &file_system->last_known;
    pthread_mutex_lock(&known->lock);
    long since_ms = known->silent_since_ms;
    pthread_mutex_unlock(&known->lock);
    return since_ms && !session_answered_since(file_system->files, since_ms) ? IMPATIENCE_MS : PATIENCE_MS;
}

/* Stores an answer in `known`, or gives the one that is there when the server was silent. */
static int remember(struct last_known *last_known, union answer *known, union answer *answer, int status)
{
    pthread_mutex_lock(&last_known->lock);
    if (status == 0) *known = *answer;
    if (status == -ETIMEDOUT) {
        *answer = *known;
        last_known->silent_since_ms = now_ms();
        status = 0;
    }
    pthread_mutex_unlock(&last_known->lock);
    return status;
}

static int root_attributes(struct file_system *file_system, union answer *answer)
{
    struct last_known *known = &file_system->last_known;
    int status = CALL(file_system->files, collect_attributes, answer, patience(file_system), nfs_lstat64_async, "/");
    return remember(known, &known->attributes, answer, status);
}

int fs_statfs(const char *path, struct statvfs *result)
{
    (void)path;
    struct file_system *file_system = current_file_system();
    struct last_known *known = &file_system->last_known;
    union answer answer;
    int status = CALL(file_system->files, collect_file_system, &answer, patience(file_system), nfs_statvfs_async, "/");
    status = remember(known, &known->space, &answer, status);
    if (status == 0) *result = answer.file_system;
    return status;
}

static int attributes_of(const char *path, struct fuse_file_info *info, struct nfs_stat_64 *attributes)
{
    struct file_system *file_system = current_file_system();
    union answer answer;
    int status = info ? CALL(file_system->files, collect_attributes, &answer, 0, nfs_fstat64_async, handle_of(info))
                 : strcmp(path, "/") == 0
                     ? root_attributes(file_system, &answer)
                     : CALL(file_system->files, collect_attributes, &answer, 0, nfs_lstat64_async, path);
    if (status == 0) *attributes = answer.attributes;
    return status;
}

int fs_getattr(const char *path, struct stat *stat, struct fuse_file_info *info)
{
    struct nfs_stat_64 from;
    int status = attributes_of(path, info, &from);
    if (status) return status;
    *stat = (struct stat){
        .st_dev = from.nfs_dev,
        .st_ino = from.nfs_ino,
        .st_mode = (mode_t)from.nfs_mode,
        .st_nlink = from.nfs_nlink,
        .st_uid = (uid_t)from.nfs_uid,
        .st_gid = (gid_t)from.nfs_gid,
        .st_rdev = from.nfs_rdev,
        .st_size = (off_t)from.nfs_size,
        .st_blksize = (blksize_t)from.nfs_blksize,
        .st_blocks = (blkcnt_t)from.nfs_blocks,
        .st_atim = {.tv_sec = (time_t)from.nfs_atime, .tv_nsec = (long)from.nfs_atime_nsec},
        .st_mtim = {.tv_sec = (time_t)from.nfs_mtime, .tv_nsec = (long)from.nfs_mtime_nsec},
        .st_ctim = {.tv_sec = (time_t)from.nfs_ctime, .tv_nsec = (long)from.nfs_ctime_nsec},
    };
    return 0;
}

int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *info)
{
    struct session *files = current_file_system()->files;
    return info ? CALL(files, NULL, NULL, 0, nfs_fchmod_async, handle_of(info), (int)mode)
                : CALL(files, NULL, NULL, 0, nfs_lchmod_async, path, (int)mode);
}

int fs_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info)
{
    struct session *files = current_file_system()->files;
    struct nfs_stat_64 now;
    int status = attributes_of(path, info, &now);
    if (status) return status;
    int new_uid = uid == (uid_t)-1 ? (int)now.nfs_uid : (int)uid;
    int new_gid = gid == (gid_t)-1 ? (int)now.nfs_gid : (int)gid;
    return info ? CALL(files, NULL, NULL, 0, nfs_fchown_async, handle_of(info), new_uid, new_gid)
                : CALL(files, NULL, NULL, 0, nfs_lchown_async, path, new_uid, new_gid);
}

static struct timeval time_to_set(struct timespec wanted, uint64_t present_s, uint64_t present_ns)
{
    if (wanted.tv_nsec == UTIME_NOW) clock_gettime(CLOCK_REALTIME, &wanted);
    if (wanted.tv_nsec == UTIME_OMIT) wanted = (struct timespec){.tv_sec = (time_t)present_s, .tv_nsec = (long)present_ns};
    return (struct timeval){.tv_sec = wanted.tv_sec, .tv_usec = wanted.tv_nsec / 1000};
}

int fs_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *info)
{
    struct nfs_stat_64 now;
    int status = attributes_of(path, info, &now);
    if (status) return status;
    struct timeval both[2] = {
        time_to_set(times[0], now.nfs_atime, now.nfs_atime_nsec),
        time_to_set(times[1], now.nfs_mtime, now.nfs_mtime_nsec),
    };
    return CALL(current_file_system()->files, NULL, NULL, 0, nfs_lutimes_async, path, both);
}

int fs_truncate(const char *path, off_t size, struct fuse_file_info *info)
{
    struct session *files = current_file_system()->files;
    return info ? CALL(files, NULL, NULL, 0, nfs_ftruncate_async, handle_of(info), (uint64_t)size)
                : CALL(files, NULL, NULL, 0, nfs_truncate_async, path, (uint64_t)size);
}
