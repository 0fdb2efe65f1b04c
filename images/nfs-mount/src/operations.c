#include "file-system.h"

#include <errno.h>
#include <fcntl.h>

static void fs_init(void *nothing, struct fuse_conn_info *connection)
{
    (void)nothing;
    connection->max_write = TRANSFER_SIZE;
    connection->max_background = SLOTS / 2; /* reading ahead leaves slots for those who wait */
    /* The kernel removes set-user-id bits when a file is written: root, as whom the server sees us, would not. */
    connection->want &= ~(unsigned)FUSE_CAP_HANDLE_KILLPRIV;
}

/* A lock that other mounts do not see would be worse than none. */
static void fs_getlk(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info, struct flock *lock)
{
    (void)id, (void)info, (void)lock;
    fuse_reply_err(request, ENOLCK);
}

static void fs_setlk(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info, struct flock *lock, int wait)
{
    (void)id, (void)info, (void)lock, (void)wait;
    fuse_reply_err(request, ENOLCK);
}

static void fs_flock(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info, int operation)
{
    (void)id, (void)info, (void)operation;
    fuse_reply_err(request, ENOLCK);
}

/* A server has what it was told to do in a directory on its disk before it answers. */
static void fs_fsyncdir(fuse_req_t request, fuse_ino_t id, int data_only, struct fuse_file_info *info)
{
    (void)id, (void)data_only, (void)info;
    fuse_reply_err(request, 0);
}

const struct fuse_lowlevel_ops operations = {
    .init = fs_init,
    .lookup = fs_lookup,
    .forget = fs_forget,
    .forget_multi = fs_forget_multi,
    .getattr = fs_getattr,
    .setattr = fs_setattr,
    .readlink = fs_readlink,
    .mknod = fs_mknod,
    .mkdir = fs_mkdir,
    .unlink = fs_unlink,
    .rmdir = fs_rmdir,
    .symlink = fs_symlink,
    .rename = fs_rename,
    .link = fs_link,
    .open = fs_open,
    .read = fs_read,
    .write = fs_write,
    .flush = fs_flush,
    .release = fs_release,
    .fsync = fs_fsync,
    .readdir = fs_readdir,
    .fsyncdir = fs_fsyncdir,
    .statfs = fs_statfs,
    .create = fs_create,
    .getlk = fs_getlk,
    .setlk = fs_setlk,
    .flock = fs_flock,
};
