#include "procedures.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PROCEDURE(NAME, name, collector)                                                                  \
    static int start_##name(struct rpc_context *rpc, rpc_cb done, void *arguments, void *call)           \
    {                                                                                                     \
        return rpc_nfs3_##name##_async(rpc, done, arguments, call);                                       \
    }                                                                                                     \
    const struct procedure NAME = {.start = start_##name, .collect = collector}

static struct attributes attributes_of(const post_op_attr *answer)
{
    return (struct attributes){.known = answer->attributes_follow, .value = answer->post_op_attr_u.attributes};
}

static struct handle handle_of(const nfs_fh3 *answer)
{
    struct handle handle = {.size = 0};
    if (answer->data.data_len > sizeof handle.bytes) return handle;
    handle.size = answer->data.data_len;
    memcpy(handle.bytes, answer->data.data_val, handle.size);
    return handle;
}

static void collect_getattr(const void *answer, void *result)
{
    const GETATTR3res *from = answer;
    *(struct attributes *)result = (struct attributes){.known = true, .value = from->GETATTR3res_u.resok.obj_attributes};
}

static void collect_setattr(const void *answer, void *result)
{
    const SETATTR3res *from = answer;
    *(struct attributes *)result = attributes_of(&from->SETATTR3res_u.resok.obj_wcc.after);
}

static void collect_lookup(const void *answer, void *result)
{
    const LOOKUP3res *from = answer;
    struct found *found = result;
    found->handle = handle_of(&from->LOOKUP3res_u.resok.object);
    found->attributes = attributes_of(&from->LOOKUP3res_u.resok.obj_attributes);
}

static void collect_made(const post_op_fh3 *handle, const post_op_attr *attributes, struct found *found)
{
    found->handle.size = 0;
    if (handle->handle_follows) found->handle = handle_of(&handle->post_op_fh3_u.handle);
    found->attributes = attributes_of(attributes);
}

#define COLLECT_MADE(name, answer_type, part)                                       \
    static void collect_##name(const void *answer, void *result)                    \
    {                                                                               \
        const answer_type *from = answer;                                           \
        collect_made(&from->part.resok.obj, &from->part.resok.obj_attributes, result); \
    }

COLLECT_MADE(create, CREATE3res, CREATE3res_u)
COLLECT_MADE(mkdir, MKDIR3res, MKDIR3res_u)
COLLECT_MADE(symlink, SYMLINK3res, SYMLINK3res_u)
COLLECT_MADE(mknod, MKNOD3res, MKNOD3res_u)

static void collect_read(const void *answer, void *result)
{
    const READ3resok *from = &((const READ3res *)answer)->READ3res_u.resok;
    struct piece *piece = result;
    piece->end = from->eof;
    if (from->data.data_len < piece->size) piece->size = from->data.data_len;
    memcpy(piece->bytes, from->data.data_val, piece->size);
}

static void collect_write(const void *answer, void *result)
{
    const WRITE3resok *from = &((const WRITE3res *)answer)->WRITE3res_u.resok;
    struct written *written = result;
    *written = (struct written){.count = from->count, .stable = from->committed != UNSTABLE};
    memcpy(written->verifier, from->verf, sizeof written->verifier);
}

static void collect_commit(const void *answer, void *result)
{
    const COMMIT3res *from = answer;
    memcpy(((struct written *)result)->verifier, from->COMMIT3res_u.resok.verf, NFS3_WRITEVERFSIZE);
}

static void collect_readlink(const void *answer, void *result)
{
    struct target *target = result;
    strncpy(target->path, ((const READLINK3res *)answer)->READLINK3res_u.resok.data, sizeof target->path - 1);
    target->path[sizeof target->path - 1] = '\0';
}

static void collect_readdirplus(const void *answer, void *result)
{
    const READDIRPLUS3resok *from = &((const READDIRPLUS3res *)answer)->READDIRPLUS3res_u.resok;
    struct listing *listing = result;
    memcpy(listing->verifier, from->cookieverf, sizeof listing->verifier);
    for (const entryplus3 *entry = from->reply.entries; entry; entry = entry->nextentry) {
        struct stat stat = {.st_ino = entry->fileid};
        if (entry->name_attributes.attributes_follow) stat.st_mode = type_of(entry->name_attributes.post_op_attr_u.attributes.type);
        size_t room = listing->room - listing->used;
        size_t size = fuse_add_direntry(listing->request, listing->bytes + listing->used, room, entry->name, &stat, (off_t)entry->cookie);
        if (size > room) return;
        listing->used += size;
    }
    listing->end = from->reply.eof;
}

#define BLOCK_SIZE 4096

static void collect_fsstat(const void *answer, void *result)
{
    const FSSTAT3resok *from = &((const FSSTAT3res *)answer)->FSSTAT3res_u.resok;
    *(struct statvfs *)result = (struct statvfs){
        .f_bsize = BLOCK_SIZE,
        .f_frsize = BLOCK_SIZE,
        .f_blocks = from->tbytes / BLOCK_SIZE,
        .f_bfree = from->fbytes / BLOCK_SIZE,
        .f_bavail = from->abytes / BLOCK_SIZE,
        .f_files = from->tfiles,
        .f_ffree = from->ffiles,
        .f_favail = from->afiles,
        .f_namemax = 255,
    };
}

PROCEDURE(GETATTR, getattr, collect_getattr);
PROCEDURE(SETATTR, setattr, collect_setattr);
PROCEDURE(LOOKUP, lookup, collect_lookup);
PROCEDURE(CREATE, create, collect_create);
PROCEDURE(MKDIR, mkdir, collect_mkdir);
PROCEDURE(SYMLINK, symlink, collect_symlink);
PROCEDURE(MKNOD, mknod, collect_mknod);
PROCEDURE(READ, read, collect_read);
PROCEDURE(WRITE, write, collect_write);
PROCEDURE(COMMIT, commit, collect_commit);
PROCEDURE(READLINK, readlink, collect_readlink);
PROCEDURE(READDIRPLUS, readdirplus, collect_readdirplus);
PROCEDURE(FSSTAT, fsstat, collect_fsstat);
PROCEDURE(REMOVE, remove, NULL);
PROCEDURE(RMDIR, rmdir, NULL);
PROCEDURE(RENAME, rename, NULL);
PROCEDURE(LINK, link, NULL);

int status_of(nfsstat3 status)
{
    switch (status) {
    case NFS3_OK: return 0;
    case NFS3ERR_PERM: return -EPERM;
    case NFS3ERR_NOENT: return -ENOENT;
    case NFS3ERR_IO: return -EIO;
    case NFS3ERR_NXIO: return -ENXIO;
    case NFS3ERR_ACCES: return -EACCES;
    case NFS3ERR_EXIST: return -EEXIST;
    case NFS3ERR_XDEV: return -EXDEV;
    case NFS3ERR_NODEV: return -ENODEV;
    case NFS3ERR_NOTDIR: return -ENOTDIR;
    case NFS3ERR_ISDIR: return -EISDIR;
    case NFS3ERR_INVAL: return -EINVAL;
    case NFS3ERR_FBIG: return -EFBIG;
    case NFS3ERR_NOSPC: return -ENOSPC;
    case NFS3ERR_ROFS: return -EROFS;
    case NFS3ERR_MLINK: return -EMLINK;
    case NFS3ERR_NAMETOOLONG: return -ENAMETOOLONG;
    case NFS3ERR_NOTEMPTY: return -ENOTEMPTY;
    case NFS3ERR_DQUOT: return -EDQUOT;
    case NFS3ERR_STALE: return -ESTALE;
    case NFS3ERR_REMOTE: return -EREMOTE;
    case NFS3ERR_BADHANDLE: return -ESTALE;
    case NFS3ERR_NOT_SYNC: return -EINVAL;
    case NFS3ERR_BAD_COOKIE: return -EBADMSG;
    case NFS3ERR_NOTSUPP: return -EOPNOTSUPP;
    case NFS3ERR_TOOSMALL: return -EIO;
    case NFS3ERR_SERVERFAULT: return -EREMOTEIO;
    case NFS3ERR_BADTYPE: return -EOPNOTSUPP;
    case NFS3ERR_JUKEBOX: return -EAGAIN;
    }
    return -EIO;
}

mode_t type_of(ftype3 type)
{
    switch (type) {
    case NF3REG: return S_IFREG;
    case NF3DIR: return S_IFDIR;
    case NF3BLK: return S_IFBLK;
    case NF3CHR: return S_IFCHR;
    case NF3LNK: return S_IFLNK;
    case NF3SOCK: return S_IFSOCK;
    case NF3FIFO: return S_IFIFO;
    }
    return 0;
}
