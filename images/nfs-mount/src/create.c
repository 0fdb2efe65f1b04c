#include "file-system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "requests.h"

struct caller {
    struct identity identity;
    struct terms terms;
};

static const struct terms *as_caller(fuse_req_t request, struct caller *caller)
{
    const struct fuse_ctx *context = fuse_req_ctx(request);
    *caller = (struct caller){.identity = {.uid = context->uid, .gid = context->gid}};
    int count = context->uid == 0 ? 0 : fuse_req_getgroups(request, MAX_GROUPS, caller->identity.groups);
    if (count > 0) caller->identity.group_count = count > MAX_GROUPS ? MAX_GROUPS : (uint32_t)count;
    caller->terms = (struct terms){.request = request, .identity = &caller->identity};
    return &caller->terms;
}

static sattr3 with_mode(mode_t mode)
{
    return (sattr3){.mode = {.set_it = 1, .set_mode3_u.mode = mode & 07777}};
}

/* What is there of this type when a repeated request comes is its own work. */
static int finish(fuse_req_t request, struct node *directory, const char *name, int status, mode_t type, struct found *found)
{
    if (!status) return complete(request, directory, name, found);
    if (status != -EEXIST || !request_was_repeated()) return status;
    if (look_up(request, directory, name, found)) return status;
    return type_of(found->attributes.value.type) == (type & S_IFMT) ? 0 : status;
}

static void reply(fuse_req_t request, int status, const struct found *found)
{
    if (status) fuse_reply_err(request, -status);
    else reply_found(request, found, NULL);
}

static int create_unchecked(const struct terms *terms, struct node *directory, const char *name, mode_t mode, bool empty,
                            struct found *found)
{
    CREATE3args arguments = {.where = entry_in(directory, name), .how = {.mode = UNCHECKED}};
    arguments.how.createhow3_u.obj_attributes = with_mode(mode);
    arguments.how.createhow3_u.obj_attributes.size.set_it = empty;
    int status = call(terms, &CREATE, &arguments, found);
    return status ? status : complete(terms->request, directory, name, found);
}

/*
 * The server keeps the number of the request with the file, so that a request which is sent again is told from another
 * client's. It keeps it where the times belong: they and the mode are set when the file is ours.
 */
static int create_exclusive(const struct terms *terms, struct node *directory, const char *name, mode_t mode, struct found *found)
{
    uint64_t number = request_number();
    int status = 0;
    if (!request_has_passed()) {
        CREATE3args arguments = {.where = entry_in(directory, name), .how = {.mode = EXCLUSIVE}};
        memcpy(arguments.how.createhow3_u.verf, &number, sizeof number);
        status = call(terms, &CREATE, &arguments, found);
        if (status) return status;
        request_passes();
    } else {
        found->handle.size = 0;
    }
    found->attributes.known = false;
    status = found->handle.size ? 0 : look_up(terms->request, directory, name, found);
    if (status) return status;
    SETATTR3args arguments = {.object = fh_of(&found->handle), .new_attributes = with_mode(mode)};
    arguments.new_attributes.atime.set_it = SET_TO_SERVER_TIME;
    arguments.new_attributes.mtime.set_it = SET_TO_SERVER_TIME;
    status = call(terms, &SETATTR, &arguments, &found->attributes);
    return status ? status : complete(terms->request, directory, name, found);
}

void fs_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *info)
{
    struct node *directory = node_of(parent);
    struct caller caller;
    struct found found;
    const struct terms *terms = as_caller(request, &caller);
    int status = !directory               ? -ESTALE
                 : info->flags & O_EXCL ? create_exclusive(terms, directory, name, mode, &found)
                                        : create_unchecked(terms, directory, name, mode, info->flags & O_TRUNC, &found);
    open_as(info);
    if (status) fuse_reply_err(request, -status);
    else reply_found(request, &found, info);
}

void fs_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
    struct node *directory = node_of(parent);
    struct caller caller;
    struct found found;
    int status = -ESTALE;
    if (directory) {
        MKDIR3args arguments = {.where = entry_in(directory, name), .attributes = with_mode(mode)};
        status = call(as_caller(request, &caller), &MKDIR, &arguments, &found);
        status = finish(request, directory, name, status, S_IFDIR, &found);
    }
    reply(request, status, &found);
}

static mknoddata3 special(mode_t mode, dev_t device)
{
    specdata3 numbers = {.specdata1 = major(device), .specdata2 = minor(device)};
    devicedata3 data = {.dev_attributes = with_mode(mode), .spec = numbers};
    switch (mode & S_IFMT) {
    case S_IFCHR: return (mknoddata3){.type = NF3CHR, .mknoddata3_u.chr_device = data};
    case S_IFBLK: return (mknoddata3){.type = NF3BLK, .mknoddata3_u.blk_device = data};
    case S_IFSOCK: return (mknoddata3){.type = NF3SOCK, .mknoddata3_u.sock_attributes = with_mode(mode)};
    default: return (mknoddata3){.type = NF3FIFO, .mknoddata3_u.pipe_attributes = with_mode(mode)};
    }
}

void fs_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    struct node *directory = node_of(parent);
    struct caller caller;
    struct found found;
    int status = -ESTALE;
    if (directory && S_ISREG(mode)) {
        status = create_exclusive(as_caller(request, &caller), directory, name, mode, &found);
    } else if (directory) {
        MKNOD3args arguments = {.where = entry_in(directory, name), .what = special(mode, device)};
        status = call(as_caller(request, &caller), &MKNOD, &arguments, &found);
        status = finish(request, directory, name, status, mode, &found);
    }
    reply(request, status, &found);
}

void fs_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name)
{
    struct node *directory = node_of(parent);
    struct caller caller;
    struct found found;
    int status = -ESTALE;
    if (directory) {
        SYMLINK3args arguments = {
            .where = entry_in(directory, name),
            .symlink = {.symlink_attributes = with_mode(0777), .symlink_data = (char *)target},
        };
        status = call(as_caller(request, &caller), &SYMLINK, &arguments, &found);
        status = finish(request, directory, name, status, S_IFLNK, &found);
    }
    reply(request, status, &found);
}
