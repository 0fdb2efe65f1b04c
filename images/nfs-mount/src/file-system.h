#ifndef FILE_SYSTEM_H
#define FILE_SYSTEM_H

#include <fuse3/fuse.h>

#include "session.h"

/*
 * What the operations share. `files` serves every caller at once, as root: the kernel has checked permissions by then
 * (default_permissions). What makes a name goes through `creator`, one call at a time and as the caller, because the
 * server makes the caller of a creation the owner.
 */
struct file_system {
    struct session *files;
    struct session *creator;
    pthread_mutex_t creating;
    pthread_mutex_t appending;
    struct last_known {
        pthread_mutex_t lock;
        union answer attributes; /* of the root */
        union answer space;
        long silent_since_ms; /* when the server was last asked for them in vain; 0: never */
    } last_known;
};

/* Looks at the root, so that it is known from the start. Returns 0 or -errno. */
int file_system_init(struct file_system *file_system, struct session *files, struct session *creator);

/* The table for fuse_new; its private data is the struct file_system. */
extern const struct fuse_operations operations;

static inline struct file_system *current_file_system(void)
{
    return fuse_get_context()->private_data;
}

/* attributes.c */
int fs_getattr(const char *path, struct stat *stat, struct fuse_file_info *info);
int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *info);
int fs_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info);
int fs_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *info);
int fs_truncate(const char *path, off_t size, struct fuse_file_info *info);
int fs_statfs(const char *path, struct statvfs *result);

/* names.c */
int fs_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
               enum fuse_readdir_flags flags);
int fs_readlink(const char *path, char *target, size_t size);
int fs_mkdir(const char *path, mode_t mode);
int fs_mknod(const char *path, mode_t mode, dev_t device);
int fs_symlink(const char *target, const char *path);
int fs_link(const char *existing, const char *path);
int fs_rename(const char *from, const char *to, unsigned flags);
int fs_unlink(const char *path);
int fs_rmdir(const char *path);

/* Creates a regular file as the caller; names.c, for open files too. */
int create_file(const char *path, int flags, mode_t mode);

/* files.c */
int fs_open(const char *path, struct fuse_file_info *info);
int fs_create(const char *path, mode_t mode, struct fuse_file_info *info);
int fs_read(const char *path, char *bytes, size_t size, off_t offset, struct fuse_file_info *info);
int fs_write(const char *path, const char *bytes, size_t size, off_t offset, struct fuse_file_info *info);
int fs_flush(const char *path, struct fuse_file_info *info);
int fs_fsync(const char *path, int data_only, struct fuse_file_info *info);
int fs_release(const char *path, struct fuse_file_info *info);
int fs_lock(const char *path, struct fuse_file_info *info, int command, struct flock *lock);
int fs_flock(const char *path, struct fuse_file_info *info, int operation);

/* The server's handle of an open file. */
struct nfsfh *handle_of(const struct fuse_file_info *info);

#endif
