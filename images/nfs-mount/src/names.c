#include "file-system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* AUTH_SYS carries no more supplementary groups than this. */
#define MAX_GROUPS 16

/* After this the creator's calls are made as the caller, until creation_end. */
static struct session *creation_begin(void)
{
    struct file_system *file_system = current_file_system();
    struct fuse_context *caller = fuse_get_context();
    gid_t groups[MAX_GROUPS];
    int count = caller->uid == 0 ? 0 : fuse_getgroups(MAX_GROUPS, groups);
    if (count < 0) count = 0;
    if (count > MAX_GROUPS) count = MAX_GROUPS;
    pthread_mutex_lock(&file_system->creating);
    session_identify(file_system->creator, caller->uid, caller->gid, (uint32_t)count, groups);
    return file_system->creator;
}

static int creation_end(int status)
{
    pthread_mutex_unlock(&current_file_system()->creating);
    return status;
}

int create_file(const char *path, int flags, mode_t mode)
{
    union answer answer;
    struct session *creator = creation_begin();
    int status = CALL(creator, collect_handle, &answer, 0, nfs_open2_async, path, flags | O_CREAT, (int)mode);
    if (status == 0) CALL(creator, NULL, NULL, 0, nfs_close_async, answer.handle);
    return creation_end(status);
}

int fs_mkdir(const char *path, mode_t mode)
{
    struct session *creator = creation_begin();
    return creation_end(CALL(creator, NULL, NULL, 0, nfs_mkdir2_async, path, (int)mode));
}

int fs_mknod(const char *path, mode_t mode, dev_t device)
{
    if (S_ISREG(mode)) return create_file(path, O_WRONLY | O_EXCL, mode & 07777);
    struct session *creator = creation_begin();
    return creation_end(CALL(creator, NULL, NULL, 0, nfs_mknod_async, path, (int)mode, (int)device));
}

int fs_symlink(const char *target, const char *path)
{
    struct session *creator = creation_begin();
    return creation_end(CALL(creator, NULL, NULL, 0, nfs_symlink_async, target, path));
}

int fs_link(const char *existing, const char *path)
{
    return CALL(current_file_system()->files, NULL, NULL, 0, nfs_link_async, existing, path);
}

int fs_rename(const char *from, const char *to, unsigned flags)
{
    if (flags) return -EINVAL; /* NFS can neither exchange two names nor refuse to replace one */
    return CALL(current_file_system()->files, NULL, NULL, 0, nfs_rename_async, from, to);
}

int fs_unlink(const char *path)
{
    return CALL(current_file_system()->files, NULL, NULL, 0, nfs_unlink_async, path);
}

int fs_rmdir(const char *path)
{
    return CALL(current_file_system()->files, NULL, NULL, 0, nfs_rmdir_async, path);
}

int fs_readlink(const char *path, char *target, size_t size)
{
    union answer answer = {.buffer = {.bytes = target, .size = size}};
    int status = CALL(current_file_system()->files, collect_link, &answer, 0, nfs_readlink_async, path);
    return status > 0 ? 0 : status;
}

int fs_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
               enum fuse_readdir_flags flags)
{
    (void)offset, (void)info, (void)flags;
    struct session *files = current_file_system()->files;
    union answer answer;
    int status = CALL(files, collect_directory, &answer, 0, nfs_opendir_async, path);
    if (status) return status;
    /* The whole listing is in memory by now: neither call talks to the server. */
    struct nfsdirent *entry;
    while ((entry = nfs_readdir(session_context(files), answer.directory))) {
        struct stat stat = {.st_ino = entry->inode, .st_mode = entry->mode};
        if (fill(buffer, entry->name, &stat, 0, 0)) break;
    }
    nfs_closedir(session_context(files), answer.directory);
    return 0;
}
