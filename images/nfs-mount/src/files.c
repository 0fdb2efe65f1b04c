#include "file-system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "requests.h"
#include "uncommitted.h"
#include "write-behind.h"

void open_as(struct fuse_file_info *info)
{
    info->fh = (uint64_t)(info->flags & O_ACCMODE);
    /* An append goes to where the server's file ends, which the kernel's page cache cannot know. */
    info->direct_io = (info->flags & O_APPEND) != 0;
}

/* NFS version 3 knows no open files: this is what a rename or an unlink must know. The pages that the kernel has are dropped. */
void fs_open(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info)
{
    struct node *node = node_of(id);
    int status = !node ? -ESTALE : info->flags & O_TRUNC ? truncate_file(request, node) : 0;
    if (status) {
        fuse_reply_err(request, -status);
        return;
    }
    open_as(info);
    node->flows = false;
    count_open(node);
    if (fuse_reply_open(request, info)) count_close(node);
}

void fs_read(fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *info)
{
    (void)info;
    struct node *node = node_of(id);
    char *bytes = request_room();
    uint32_t wanted = size < TRANSFER_SIZE ? (uint32_t)size : TRANSFER_SIZE, used = 0;
    int status = node ? 0 : -ESTALE;
    if (node) send_behind(request, node, false);
    for (bool end = false; !status && !end && used < wanted;) {
        uint32_t most = memory->export.read_size, part = wanted - used < most ? wanted - used : most;
        READ3args arguments = {.file = fh_of(&node->handle), .offset = (offset3)offset + used, .count = part};
        struct piece piece = {.bytes = bytes + used, .size = part};
        status = call(AS_ROOT(request), &READ, &arguments, &piece);
        if (status) break;
        used += piece.size;
        end = piece.end || !piece.size;
    }
    if (status) fuse_reply_err(request, -status);
    else fuse_reply_buf(request, bytes, used);
}

/* The kernel does this for other writes than those that go past its pages. */
static int drop_privileges(fuse_req_t request, struct node *node, u_int mode)
{
    bool set_group = (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    if (fuse_req_ctx(request)->uid == 0 || !(mode & S_ISUID || set_group)) return 0;
    struct attributes ignored;
    SETATTR3args arguments = {.object = fh_of(&node->handle)};
    arguments.new_attributes.mode.set_it = 1;
    arguments.new_attributes.mode.set_mode3_u.mode = mode & ~(u_int)(S_ISUID | (set_group ? S_ISGID : 0)) & 07777;
    return call(AS_ROOT(request), &SETATTR, &arguments, &ignored);
}

/* NFS has no appending write. Two mounts that append at the same moment can still overwrite each other, as NFS says. */
static int append(fuse_req_t request, struct node *node, const char *bytes, uint32_t size, bool stable)
{
    struct file *file = file_of(node);
    fattr3 attributes;
    if (!file) return -ENOMEM;
    pthread_mutex_lock(&file->appending);
    int status = get_attributes(request, &node->handle, &attributes);
    if (!status) status = drop_privileges(request, node, attributes.mode);
    if (!status) status = write_bytes(request, node, bytes, size, request_append_at(attributes.size), stable);
    pthread_mutex_unlock(&file->appending);
    return status;
}

static int write_now(fuse_req_t request, struct node *node, const char *bytes, uint32_t size, uint64_t offset, bool stable)
{
    int status = send_behind(request, node, false);
    if (status) return status;
    if (offset == AT_THE_END) return append(request, node, bytes, size, stable);
    return write_bytes(request, node, bytes, size, offset, stable);
}

/* The first write of a stream goes to the server at once, so that one who writes once hears at once of a full disk. */
static int write_to(fuse_req_t request, struct node *node, const char *bytes, uint32_t size, uint64_t offset, int flags)
{
    if (request_was_taken_in()) return 0;
    bool must_go = flags & (O_DSYNC | O_DIRECT) || request_was_repeated();
    if (!must_go && node->flows && write_behind(node, bytes, size, offset)) return 0;
    int status = write_now(request, node, bytes, size, offset, flags & O_DSYNC);
    node->flows = !must_go && !status;
    return status;
}

void fs_write(fuse_req_t request, fuse_ino_t id, const char *bytes, size_t size, off_t offset, struct fuse_file_info *info)
{
    struct node *node = node_of(id);
    bool at_the_end = info->flags & O_APPEND && !info->writepage;
    uint64_t at = at_the_end ? AT_THE_END : (uint64_t)offset;
    int status = node ? write_to(request, node, bytes, (uint32_t)size, at, info->flags) : -ESTALE;
    if (status) fuse_reply_err(request, -status);
    else fuse_reply_write(request, size);
}

/* One call where nothing else waits for the server's disk. */
static int to_disk(fuse_req_t request, struct node *node)
{
    int status = send_behind(request, node, !node->uncommitted);
    return status ? status : commit(request, node);
}

void fs_fsync(fuse_req_t request, fuse_ino_t id, int data_only, struct fuse_file_info *info)
{
    (void)data_only, (void)info;
    struct node *node = node_of(id);
    fuse_reply_err(request, node ? -to_disk(request, node) : ESTALE);
}

/* Every close: what another mount opens after it must be there, and a failed write must be heard of by those who write. */
void fs_flush(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info)
{
    struct node *node = node_of(id);
    int status = !node ? -ESTALE : info->fh == O_RDONLY ? 0 : to_disk(request, node);
    if (node) node->flows = false;
    fuse_reply_err(request, -status);
}

void fs_release(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *info)
{
    struct node *node = node_of(id);
    if (node) {
        /* What was written through memory after the last close. */
        if (info->fh != O_RDONLY && (node->uncommitted || is_behind(node))) to_disk(request, node);
        /* To count twice would be to take a file for closed that is not. */
        if (!request_has_passed()) {
            request_passes();
            count_close(node);
        }
        if (!node->opens) drop_behind(node);
        reveal(request, node);
    }
    fuse_reply_err(request, 0);
}
