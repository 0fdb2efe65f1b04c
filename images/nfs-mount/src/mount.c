#include "mount.h"

#include <errno.h>
#include <fuse3/fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "diagnosis.h"
#include "file-system.h"
#include "memory.h"
#include "processes.h"
#include "worker.h"

#define RETRY_INTERVAL_S 1
#define ERROR_SIZE 512

/* The kernel's client waits timeo, then twice as long, and so on, for each retransmission. Over TCP it is linear. */
static int give_up_ms(const struct mount_options *options)
{
    int total = 0;
    for (int i = 1; i <= options->retransmissions + 1; i++) total += options->timeout_ds * 100 * i;
    return options->soft ? total : 0;
}

static bool open_export(const struct mount_options *options, struct export *export, char *error)
{
    struct export_settings settings = {
        .server = options->server,
        .path = options->path,
        .nfs_port = options->nfs_port,
        .mount_port = options->mount_port,
    };
    time_t until = time(NULL) + options->retry_minutes * 60L;
    if (!host_is_known(options->server, error, ERROR_SIZE)) return false;
    for (;;) {
        char reason[ERROR_SIZE] = "";
        int status = export_open(&settings, export, reason, sizeof reason);
        if (!status) break;
        if (!explain_failure(&settings, options->spec, status, reason, error, ERROR_SIZE) || time(NULL) >= until) return false;
        sleep(RETRY_INTERVAL_S);
    }
    *error = '\0'; /* an earlier try's */
    return true;
}

/* Returns the descriptor of the memory, or -errno. */
static int remember(const struct mount_options *options, const struct export *export)
{
    int descriptor = memory_create();
    if (descriptor < 0) return descriptor;
    if (strlen(options->server) >= sizeof memory->server || strlen(options->spec) >= sizeof memory->spec ||
        strlen(options->directory) >= sizeof memory->directory)
        return -ENAMETOOLONG;
    strcpy(memory->server, options->server);
    strcpy(memory->spec, options->spec);
    strcpy(memory->directory, options->directory);
    memory->export = *export;
    memory->give_up_ms = give_up_ms(options);
    return descriptor;
}

/* Returns the FUSE device of a new mount, or -1. */
static int mount_device(const struct mount_options *options)
{
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    char *words = NULL, *name = NULL, *flags = NULL;
    struct fuse_session *session = NULL;
    int device = -1;
    errno = 0;
    /* Unlike other FUSE file systems, and like NFS, devices and set-user-id programs are allowed unless refused. */
    if (asprintf(&name, "fsname=%s", options->spec) >= 0 &&
        asprintf(&flags, "dev,suid,allow_other,default_permissions,subtype=nfs%s%s", options->kernel_flags ? "," : "",
                 options->kernel_flags ? options->kernel_flags : "") >= 0 &&
        !fuse_opt_add_opt(&words, flags) && !fuse_opt_add_opt_escaped(&words, name) && !fuse_opt_add_arg(&arguments, "mount.nfs") &&
        !fuse_opt_add_arg(&arguments, "-o") && !fuse_opt_add_arg(&arguments, words))
        session = fuse_session_new(&arguments, &operations, sizeof operations, NULL);
    /* This session is only for mounting: the worker makes its own. */
    if (session && !fuse_session_mount(session, options->directory)) device = dup(fuse_session_fd(session));
    fuse_opt_free_args(&arguments);
    free(words);
    free(name);
    free(flags);
    return device;
}

int mount_and_serve(const struct mount_options *options, struct daemon_report *report)
{
    struct export export;
    char error[ERROR_SIZE] = "";
    int device = -1, shared = -1;

    block_signals();
    if (open_export(options, &export, error)) {
        int status = shared = remember(options, &export);
        if (status >= 0) status = worker_prepare();
        if (status >= 0) status = look_at_root();
        if (status < 0)
            snprintf(error, sizeof error, "cannot read %s: %s", options->spec, strerror(-status));
        else if (!options->fake && (device = mount_device(options)) < 0)
            snprintf(error, sizeof error, "cannot mount on %s: %s", options->directory, errno ? strerror(errno) : "FUSE is not available");
    }
    daemon_tell(report, error);
    if (*error) return 1;
    if (device >= 0) worker_serve(device, shared, NO_PEER);
    return 0;
}
