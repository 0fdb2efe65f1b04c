#include "diagnosis.h"

#include <errno.h>
#include <netdb.h>
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT_MAPPER 111
#define NFS 2049
#define PROBE_TIMEOUT_MS 5000

static struct addrinfo *addresses_of(const char *host, int port, int *status)
{
    struct addrinfo *addresses = NULL, hints = {.ai_socktype = SOCK_STREAM};
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    *status = getaddrinfo(host, service, &hints, &addresses);
    return addresses;
}

bool host_is_known(const char *host, char *error, size_t error_size)
{
    int status;
    struct addrinfo *addresses = addresses_of(host, PORT_MAPPER, &status);
    if (addresses) freeaddrinfo(addresses);
    else snprintf(error, error_size, "Failed to resolve server %s: %s", host, gai_strerror(status));
    return status == 0;
}

/* Returns 0 when something accepts connections there, else the errno of trying. */
static int try_to_connect(const char *host, int port)
{
    int status, result = 0;
    socklen_t size = sizeof result;
    struct addrinfo *address = addresses_of(host, port, &status);
    if (!address) return EHOSTUNREACH;
    int probe = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct pollfd ready = {.fd = probe, .events = POLLOUT};
    if (connect(probe, address->ai_addr, address->ai_addrlen) && errno != EINPROGRESS) result = errno;
    else if (poll(&ready, 1, PROBE_TIMEOUT_MS) != 1) result = ETIMEDOUT;
    else getsockopt(probe, SOL_SOCKET, SO_ERROR, &result, &size);
    close(probe);
    freeaddrinfo(address);
    return result;
}

static bool within(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    if (length == 1) return true; /* the root */
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The export that holds the path, NULL when there is none; all exports of the server in `list`. */
static char *export_of(const struct export_settings *settings, char *list, size_t list_size)
{
    char *found = NULL;
    size_t used = 0;
    struct exportnode *exports = mount_getexports(settings->server);
    for (struct exportnode *export = exports; export; export = export->ex_next) {
        if (used < list_size) used += (size_t)snprintf(list + used, list_size - used, "%s%s", used ? ", " : "", export->ex_dir);
        if (within(settings->path, export->ex_dir) && (!found || strlen(export->ex_dir) > strlen(found))) {
            free(found);
            found = strdup(export->ex_dir);
        }
    }
    if (exports) mount_free_export_list(exports);
    return found;
}

/* Whether the export can be mounted and lacks the path: some servers call that "access denied". */
static bool missing_inside(const struct export_settings *settings, const char *export)
{
    struct export_settings whole = *settings;
    whole.path = export;
    if (strcmp(export, settings->path) == 0) return false;
    int status = export_look(&whole, settings->path + (strcmp(export, "/") == 0 ? 0 : strlen(export)));
    return status == -ENOENT || status == -ENOTDIR;
}

static void explain_refusal(const struct export_settings *settings, const char *spec, char *error, size_t error_size)
{
    char list[256] = "";
    char *export = export_of(settings, list, sizeof list);
    if (export && missing_inside(settings, export))
        snprintf(error, error_size, "mounting %s failed, reason given by server: No such file or directory", spec);
    else if (!export && *list)
        snprintf(error, error_size, "mounting %s failed: no such export; %s exports %s", spec, settings->server, list);
    else
        snprintf(error, error_size, "access denied by server while mounting %s", spec);
    free(export);
}

bool explain_failure(const struct export_settings *settings, const char *spec, int status, const char *reason, char *error,
                     size_t error_size)
{
    if (status == -EACCES || status == -EPERM || status == -ENOENT) {
        explain_refusal(settings, spec, error, error_size);
        return false;
    }
    int connected = try_to_connect(settings->server, settings->nfs_port ? settings->nfs_port : NFS);
    if (!connected && !settings->mount_port) connected = try_to_connect(settings->server, PORT_MAPPER);
    if (connected == ECONNREFUSED)
        snprintf(error, error_size, "Connection refused: no NFS server answers at %s", settings->server);
    else if (connected)
        snprintf(error, error_size, "%s: cannot reach server %s", strerror(connected), settings->server);
    else
        snprintf(error, error_size, "mounting %s failed: %s", spec, *reason ? reason : strerror(-status));
    return connected != 0;
}
