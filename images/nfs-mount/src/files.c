#include "file-system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>

struct open_file {
    struct nfsfh *handle;
    atomic_bool uncommitted; /* written since the server last said that everything is on disk */
};

static struct open_file *open_file(const struct fuse_file_info *info)
{
    return (struct open_file *)(uintptr_t)info->fh;
}

struct nfsfh *handle_of(const struct fuse_file_info *info)
{
    return open_file(info)->handle;
}

int fs_open(const char *path, struct fuse_file_info *info)
{
    struct open_file *file = calloc(1, sizeof *file);
    union answer answer;
    if (!file) return -ENOMEM;
    int flags = info->flags & (O_ACCMODE | O_TRUNC);
    int status = CALL(current_file_system()->files, collect_handle, &answer, 0, nfs_open_async, path, flags);
    if (status) {
        free(file);
        return status;
    }
    file->handle = answer.handle;
    info->fh = (uintptr_t)file;
    /* fs_write appends where the server's file ends, which the kernel's page cache cannot know. */
    info->direct_io = (info->flags & O_APPEND) != 0;
    return 0;
}

int fs_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
    int status = create_file(path, info->flags & (O_ACCMODE | O_EXCL | O_TRUNC), mode);
    return status ? status : fs_open(path, info);
}

int fs_read(const char *path, char *bytes, size_t size, off_t offset, struct fuse_file_info *info)
{
    (void)path;
    union answer answer = {.buffer = {.bytes = bytes, .size = size}};
    return CALL(current_file_system()->files, collect_bytes, &answer, 0, nfs_pread_async, handle_of(info), (uint64_t)offset, size);
}

/* libnfs 4.0 tells that a write failed and not why; a full export is what people have to hear of. */
static int why_writing_failed(struct session *files, size_t size)
{
    union answer answer;
    if (CALL(files, collect_file_system, &answer, 0, nfs_statvfs_async, "/")) return -EIO;
    return (uint64_t)answer.file_system.f_bavail * answer.file_system.f_frsize < size ? -ENOSPC : -EIO;
}

static int write_at(struct session *files, struct open_file *file, const char *bytes, size_t size, uint64_t offset)
{
    int status = CALL(files, NULL, NULL, 0, nfs_pwrite_async, file->handle, offset, size, (char *)bytes);
    return status == -EIO ? why_writing_failed(files, size) : status;
}

/* NFS has no appending write. Two mounts that append at the same moment can still overwrite each other, as NFS says. */
static int append(struct file_system *file_system, struct open_file *file, const char *bytes, size_t size)
{
    union answer answer;
    pthread_mutex_lock(&file_system->appending);
    int status = CALL(file_system->files, collect_attributes, &answer, 0, nfs_fstat64_async, file->handle);
    if (status == 0) status = write_at(file_system->files, file, bytes, size, answer.attributes.nfs_size);
    pthread_mutex_unlock(&file_system->appending);
    return status;
}

int fs_write(const char *path, const char *bytes, size_t size, off_t offset, struct fuse_file_info *info)
{
    (void)path;
    struct file_system *file_system = current_file_system();
    struct open_file *file = open_file(info);
    file->uncommitted = true;
    if (info->flags & O_APPEND) return append(file_system, file, bytes, size);
    return write_at(file_system->files, file, bytes, size, (uint64_t)offset);
}

int fs_fsync(const char *path, int data_only, struct fuse_file_info *info)
{
    (void)path, (void)data_only;
    struct open_file *file = open_file(info);
    if (!atomic_exchange(&file->uncommitted, false)) return 0;
    int status = CALL(current_file_system()->files, NULL, NULL, 0, nfs_fsync_async, file->handle);
    if (status) file->uncommitted = true;
    return status;
}

/* Every close: what another mount opens after it must be there, and a failed write must be heard of. */
int fs_flush(const char *path, struct fuse_file_info *info)
{
    return fs_fsync(path, 0, info);
}

int fs_release(const char *path, struct fuse_file_info *info)
{
    (void)path;
    struct open_file *file = open_file(info);
    CALL(current_file_system()->files, NULL, NULL, 0, nfs_close_async, file->handle);
    free(file);
    return 0;
}

/* A lock that other mounts do not see would be worse than none. */
int fs_lock(const char *path, struct fuse_file_info *info, int command, struct flock *lock)
{
    (void)path, (void)info, (void)command, (void)lock;
    return -ENOLCK;
}

int fs_flock(const char *path, struct fuse_file_info *info, int operation)
{
    (void)path, (void)info, (void)operation;
    return -ENOLCK;
}
