#include "file-system.h"

#include <errno.h>
#include <string.h>

#include "requests.h"
#include "write-behind.h"

diropargs3 entry_in(const struct node *directory, const char *name)
{
    return (diropargs3){.dir = fh_of(&directory->handle), .name = (char *)name};
}

int complete(fuse_req_t request, struct node *directory, const char *name, struct found *found)
{
    if (!found->handle.size) {
        LOOKUP3args arguments = {.what = entry_in(directory, name)};
        int status = call(AS_ROOT(request), &LOOKUP, &arguments, found);
        if (status) return status;
        if (!found->handle.size) return -EPROTO;
    }
    if (found->attributes.known) return 0;
    found->attributes.known = true;
    return get_attributes(request, &found->handle, &found->attributes.value);
}

int look_up(fuse_req_t request, struct node *directory, const char *name, struct found *found)
{
    found->handle.size = 0;
    return complete(request, directory, name, found);
}

static struct fuse_entry_param entry_of(const struct node *node, const fattr3 *attributes)
{
    struct stat stat = stat_of(attributes);
    return (struct fuse_entry_param){.ino = node->id, .attr = stat, .attr_timeout = validity_of(&stat)};
}

void reply_found(fuse_req_t request, const struct found *found, const struct fuse_file_info *info)
{
    struct node *node = node_remember(&found->handle, found->attributes.value.fileid);
    if (!node) {
        fuse_reply_err(request, ENFILE);
        return;
    }
    fattr3 attributes = found->attributes.value;
    if (is_behind(node)) {
        send_behind(request, node, false);
        get_attributes(request, &node->handle, &attributes);
    }
    struct fuse_entry_param entry = entry_of(node, &attributes);
    if (info) count_open(node);
    if ((info ? fuse_reply_create(request, &entry, info) : fuse_reply_entry(request, &entry)) == 0) return;
    /* The kernel wants the answer no more. */
    if (info) count_close(node);
    node_forget(node, 1);
}

void fs_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct node *directory = node_of(parent);
    struct found found;
    int status = directory ? look_up(request, directory, name, &found) : -ESTALE;
    if (status) fuse_reply_err(request, -status);
    else reply_found(request, &found, NULL);
}

static void forget(fuse_req_t request, fuse_ino_t id, uint64_t count)
{
    struct node *node = node_of(id);
    if (!node) return;
    if (node->lookups <= count) {
        node->opens = 0; /* whatever a crash has left of them */
        reveal(request, node);
    }
    node_forget(node, count);
}

void fs_forget(fuse_req_t request, fuse_ino_t id, uint64_t count)
{
    forget(request, id, count);
    fuse_reply_none(request);
}

void fs_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets)
{
    for (size_t i = 0; i < count; i++) forget(request, forgets[i].ino, forgets[i].nlookup);
    fuse_reply_none(request);
}

void fs_readlink(fuse_req_t request, fuse_ino_t id)
{
    struct node *node = node_of(id);
    struct target target;
    READLINK3args arguments = {.symlink = {.data.data_len = 0}};
    if (node) arguments.symlink = fh_of(&node->handle);
    int status = node ? call(AS_ROOT(request), &READLINK, &arguments, &target) : -ESTALE;
    if (status) fuse_reply_err(request, -status);
    else fuse_reply_readlink(request, target.path);
}

/* A server sends attributes and handles along, which the kernel is not told: it would believe them too long. */
#define SERVER_SIZE(room) ((room) * 4 < 8192 ? 8192 : (room) * 4)

static int list_from(fuse_req_t request, struct node *directory, uint64_t cookie, struct listing *listing)
{
    READDIRPLUS3args arguments = {
        .dir = fh_of(&directory->handle),
        .cookie = cookie,
        .dircount = (count3)listing->room,
        .maxcount = (count3)SERVER_SIZE(listing->room),
    };
    if (cookie) memcpy(arguments.cookieverf, directory->verifier, sizeof arguments.cookieverf);
    int status = call(AS_ROOT(request), &READDIRPLUS, &arguments, listing);
    if (!status) memcpy(directory->verifier, listing->verifier, sizeof directory->verifier);
    return status;
}

/* Servers whose verifier is the time of the directory refuse every place in it once it has changed; the place is still good. */
static bool renew_verifier(fuse_req_t request, struct node *directory)
{
    char bytes[512];
    struct listing ignored = {.request = request, .bytes = bytes, .room = sizeof bytes};
    return list_from(request, directory, 0, &ignored) == 0;
}

/* Ganesha calls a directory stale when one of its entries was removed while it was read. */
static bool is_there(fuse_req_t request, const struct node *directory)
{
    fattr3 ignored;
    return get_attributes(request, &directory->handle, &ignored) == 0;
}

static bool may_be_asked_again(fuse_req_t request, struct node *directory, int status)
{
    return (status == -EBADMSG && renew_verifier(request, directory)) || (status == -ESTALE && is_there(request, directory));
}

/* Under constant changes the next answer may be refused as well. */
#define TRIES 100

void fs_readdir(fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *info)
{
    (void)info;
    struct node *directory = node_of(id);
    int status = -ESTALE;
    struct listing listing;
    for (int tries = 0; directory && tries < TRIES; tries++) {
        listing = (struct listing){.request = request, .bytes = request_room(), .room = size < TRANSFER_SIZE ? size : TRANSFER_SIZE};
        status = list_from(request, directory, (uint64_t)offset, &listing);
        if (!status || !may_be_asked_again(request, directory, status)) break;
    }
    if (status) fuse_reply_err(request, -status);
    else fuse_reply_buf(request, listing.bytes, listing.used);
}
