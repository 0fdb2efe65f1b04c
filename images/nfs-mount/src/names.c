#include "file-system.h"

#include <errno.h>
#include <string.h>

#include "requests.h"

/* A repeated request that finds its work done has done it. */
static int done_before(int status, int evidence)
{
    return status == evidence && request_was_repeated() ? 0 : status;
}

static int remove_entry(fuse_req_t request, const struct procedure *procedure, struct node *directory, const char *name)
{
    REMOVE3args arguments = {.object = entry_in(directory, name)}; /* RMDIR's are the same */
    return done_before(call(AS_ROOT(request), procedure, &arguments, NULL), -ENOENT);
}

void fs_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct node *directory = node_of(parent);
    int status = -ESTALE;
    if (directory) {
        struct node *open = open_file_called(request, directory, name);
        status = open ? done_before(hide(request, open, directory, name), -ENOENT) : remove_entry(request, &REMOVE, directory, name);
    }
    fuse_reply_err(request, -status);
}

void fs_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct node *directory = node_of(parent);
    fuse_reply_err(request, directory ? -remove_entry(request, &RMDIR, directory, name) : ESTALE);
}

static int rename_entry(fuse_req_t request, struct node *from, const char *name, struct node *to, const char *new_name)
{
    RENAME3args arguments = {.from = entry_in(from, name), .to = entry_in(to, new_name)};
    struct found ignored;
    struct node *open = open_file_called(request, to, new_name);
    if (open) {
        struct found moved;
        /* Two names of one file: such a rename does nothing. */
        int status = look_up(request, from, name, &moved);
        if (!status && node_known(&moved.handle) != open) status = hide_also(request, open, to);
        if (status) return done_before(status, -ENOENT);
    }
    int status = call(AS_ROOT(request), &RENAME, &arguments, NULL);
    if (status == -ENOENT && request_was_repeated() && !look_up(request, to, new_name, &ignored)) return 0;
    return status;
}

void fs_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent, const char *new_name, unsigned flags)
{
    struct node *from = node_of(parent), *to = node_of(new_parent);
    int status = flags ? -EINVAL /* NFS can neither exchange two names nor refuse to replace one */
                 : from && to ? rename_entry(request, from, name, to, new_name)
                              : -ESTALE;
    fuse_reply_err(request, -status);
}

static int link_entry(fuse_req_t request, struct node *node, struct node *directory, const char *name, struct found *found)
{
    LINK3args arguments = {.file = fh_of(&node->handle), .link = entry_in(directory, name)};
    int status = call(AS_ROOT(request), &LINK, &arguments, NULL);
    if (status == -EEXIST && request_was_repeated() && !look_up(request, directory, name, found) &&
        node_known(&found->handle) == node)
        return 0;
    *found = (struct found){.handle = node->handle};
    return status ? status : complete(request, directory, name, found);
}

void fs_link(fuse_req_t request, fuse_ino_t id, fuse_ino_t parent, const char *name)
{
    struct node *node = node_of(id), *directory = node_of(parent);
    struct found found;
    int status = node && directory ? link_entry(request, node, directory, name, &found) : -ESTALE;
    if (status) fuse_reply_err(request, -status);
    else reply_found(request, &found, NULL);
}
