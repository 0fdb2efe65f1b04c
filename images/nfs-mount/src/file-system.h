#ifndef FILE_SYSTEM_H
#define FILE_SYSTEM_H

#include <fuse3/fuse_lowlevel.h>

#include "nodes.h"
#include "session.h"

/* The table for fuse_session_new. */
extern const struct fuse_lowlevel_ops operations;

/* attributes.c. Everything runs as root: the kernel has checked permissions by then (default_permissions). */
void fs_getattr(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info);
void fs_setattr(fuse_req_t request, fuse_ino_t id, struct stat *wanted, int which, struct fuse_file_info *info);
void fs_statfs(fuse_req_t request, fuse_ino_t id);

/* Looks at the root, so that it is known from the start. Returns 0 or -errno. */
int look_at_root(void);
struct stat stat_of(const fattr3 *attributes);
/* How long the kernel may believe them, in seconds. */
double validity_of(const struct stat *stat);
int get_attributes(fuse_req_t request, const struct handle *handle, fattr3 *attributes);
int truncate_file(fuse_req_t request, struct node *node);

/* lookup.c */
void fs_lookup(fuse_req_t request, fuse_ino_t parent, const char *name);
void fs_forget(fuse_req_t request, fuse_ino_t id, uint64_t count);
void fs_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets);
void fs_readlink(fuse_req_t request, fuse_ino_t id);
void fs_readdir(fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *info);

diropargs3 entry_in(const struct node *directory, const char *name);
int look_up(fuse_req_t request, struct node *directory, const char *name, struct found *found);
/* Asks for what the server left out when it made something. */
int complete(fuse_req_t request, struct node *directory, const char *name, struct found *found);
/* Tells the kernel of what was found; with `info`, that it is open as well. */
void reply_found(fuse_req_t request, const struct found *found, const struct fuse_file_info *info);

/* create.c: what makes a name runs as the caller, because the server makes the caller of a creation the owner. */
void fs_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *info);
void fs_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode);
void fs_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device);
void fs_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name);

/* names.c */
void fs_link(fuse_req_t request, fuse_ino_t id, fuse_ino_t parent, const char *name);
void fs_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent, const char *new_name, unsigned flags);
void fs_unlink(fuse_req_t request, fuse_ino_t parent, const char *name);
void fs_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name);

/* hidden.c: files that were unlinked while open. */
/* Whether the name is that of a file which is open here, and what file. */
struct node *open_file_called(fuse_req_t request, struct node *directory, const char *name);
/* Renames it to its hidden name. */
int hide(fuse_req_t request, struct node *node, struct node *directory, const char *name);
/* Gives it its hidden name as well, for a rename over it. */
int hide_also(fuse_req_t request, struct node *node, struct node *directory);
/* Removes the hidden name when nobody has the file open any more. */
void reveal(fuse_req_t request, struct node *node);
/* How many files are open in this mount. */
void count_open(struct node *node);
void count_close(struct node *node);

/* files.c */
void fs_open(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info);
void fs_read(fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *info);
void fs_write(fuse_req_t request, fuse_ino_t id, const char *bytes, size_t size, off_t offset, struct fuse_file_info *info);
void fs_flush(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info);
void fs_fsync(fuse_req_t request, fuse_ino_t id, int data_only, struct fuse_file_info *info);
void fs_release(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info);
/* How the kernel is to treat a file that is opened with these flags. */
void open_as(struct fuse_file_info *info);

#endif
