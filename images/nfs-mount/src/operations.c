#include "file-system.h"

#include <signal.h>

static void wake_up(int number)
{
    (void)number;
}

/*
 * libfuse sends this signal to the thread of a call whose caller was interrupted, which for programs in Go is many times
 * a second. It installs a handler only where `intr` is known before init, and 3.14 has no option for that: without one of
 * our own the first interrupted call would end the mount.
 */
static void expect_interrupts(struct fuse_config *config)
{
    struct sigaction action = {.sa_handler = wake_up};
    sigaction(SIGUSR1, &action, NULL);
    config->intr_signal = SIGUSR1;
    config->intr = 1; /* fuse_interrupted() tells a waiting call that its process wants to end */
}

static void *fs_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)connection;
    /* Close-to-open consistency between mounts: nothing is believed longer than one system call. */
    config->attr_timeout = 0;
    config->entry_timeout = 0;
    config->negative_timeout = 0;
    config->use_ino = 1;
    expect_interrupts(config);
    return current_file_system();
}

const struct fuse_operations operations = {
    .init = fs_init,
    .getattr = fs_getattr,
    .chmod = fs_chmod,
    .chown = fs_chown,
    .utimens = fs_utimens,
    .truncate = fs_truncate,
    .statfs = fs_statfs,
    .readdir = fs_readdir,
    .readlink = fs_readlink,
    .mkdir = fs_mkdir,
    .mknod = fs_mknod,
    .symlink = fs_symlink,
    .link = fs_link,
    .rename = fs_rename,
    .unlink = fs_unlink,
    .rmdir = fs_rmdir,
    .open = fs_open,
    .create = fs_create,
    .read = fs_read,
    .write = fs_write,
    .flush = fs_flush,
    .fsync = fs_fsync,
    .release = fs_release,
    .lock = fs_lock,
    .flock = fs_flock,
};
