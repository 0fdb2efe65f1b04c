#include "export.h"

#include <errno.h>
#include <netinet/in.h>
#include <nfsc/libnfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A server that does not answer at all is reported to whoever mounts after this time. */
#define MOUNT_TIMEOUT_MS 10000

/* libnfs 4.0 exports this and has forgotten to declare it. */
struct nfs_fh {
    int len;
    char *val;
};
struct nfs_fh *nfs_get_rootfh(struct nfs_context *nfs);

static void fixed_ports(struct nfs_context *nfs, const struct export_settings *settings)
{
    char url[128];
    int nfs_port = settings->nfs_port, mount_port = settings->mount_port;
    if (!nfs_port && !mount_port) return;
    /* libnfs 4.0 takes ports only as arguments of a URL; parsing it changes the context. */
    int used = snprintf(url, sizeof url, "nfs://server/path/?");
    if (nfs_port) used += snprintf(url + used, sizeof url - (size_t)used, "nfsport=%d&", nfs_port);
    if (mount_port) snprintf(url + used, sizeof url - (size_t)used, "mountport=%d", mount_port);
    nfs_destroy_url(nfs_parse_url_dir(nfs, url));
}

static struct nfs_context *mounted(const struct export_settings *settings, int *status, char *error, size_t error_size)
{
    struct nfs_context *nfs = nfs_init_context();
    *status = -ENOMEM;
    if (!nfs) return NULL;
    fixed_ports(nfs, settings);
    nfs_set_uid(nfs, 0);
    nfs_set_gid(nfs, 0);
    nfs_set_tcp_syncnt(nfs, 2);
    nfs_set_timeout(nfs, MOUNT_TIMEOUT_MS);
    *status = nfs_mount(nfs, settings->server, settings->path);
    if (!*status) return nfs;
    snprintf(error, error_size, "%s", nfs_get_error(nfs));
    nfs_destroy_context(nfs);
    if (*status > 0) *status = -EIO;
    return NULL;
}

static int peer_port(int socket)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    if (getpeername(socket, (struct sockaddr *)&peer, &size)) return -errno;
    if (peer.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&peer)->sin6_port);
    return ntohs(((struct sockaddr_in *)&peer)->sin_port);
}

int export_open(const struct export_settings *settings, struct export *export, char *error, size_t error_size)
{
    int status;
    struct nfs_context *nfs = mounted(settings, &status, error, error_size);
    if (!nfs) return status;
    const struct nfs_fh *root = nfs_get_rootfh(nfs);
    export->port = peer_port(nfs_get_fd(nfs));
    export->read_size = (uint32_t)nfs_get_readmax(nfs);
    export->write_size = (uint32_t)nfs_get_writemax(nfs);
    if (export->port < 0) status = export->port;
    else if (root->len <= 0 || (size_t)root->len > sizeof export->root.bytes) status = -EPROTO;
    else {
        export->root.size = (uint32_t)root->len;
        memcpy(export->root.bytes, root->val, export->root.size);
    }
    nfs_destroy_context(nfs);
    return status;
}

int export_look(const struct export_settings *settings, const char *path)
{
    int status;
    char ignored[64];
    struct nfs_stat_64 attributes;
    struct nfs_context *nfs = mounted(settings, &status, ignored, sizeof ignored);
    if (!nfs) return status;
    status = nfs_stat64(nfs, path, &attributes);
    nfs_destroy_context(nfs);
    return status;
}
