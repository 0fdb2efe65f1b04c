#include "mount.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "diagnosis.h"
#include "file-system.h"

#include <fuse3/fuse_lowlevel.h>

/* How many callers may wait for the server at the same time. Idle threads beyond a few are ended: each has a buffer of 1 MiB. */
#define MAX_THREADS 64
#define IDLE_THREADS 4
#define RETRY_INTERVAL_S 1
/* After the kernel has let go of the mount, calls that still wait for a server get this long to end. */
#define LAST_CALLS_S 3

#define ERROR_SIZE 512

/* The kernel's client waits timeo, then twice as long, and so on, for each retransmission. Over TCP it is linear. */
static int give_up_ms(const struct mount_options *options)
{
    int total = 0;
    for (int i = 1; i <= options->retransmissions + 1; i++) total += options->timeout_ds * 100 * i;
    return options->soft ? total : 0;
}

static bool connect_session(struct session **session, const struct session_settings *settings, const struct mount_options *options,
                            char *error)
{
    time_t until = time(NULL) + options->retry_minutes * 60L;
    for (;;) {
        char reason[ERROR_SIZE] = "";
        int status = session_open(session, settings, reason, sizeof reason);
        if (!status) return true;
        if (!explain_failure(settings, options->spec, status, reason, error, ERROR_SIZE) || time(NULL) >= until) return false;
        sleep(RETRY_INTERVAL_S);
    }
}

static bool connect_sessions(struct session *sessions[2], const struct mount_options *options, char *error)
{
    struct session_settings settings = {
        .server = options->server,
        .path = options->path,
        .nfs_port = options->nfs_port,
        .mount_port = options->mount_port,
        .give_up_ms = give_up_ms(options),
    };
    if (!host_is_known(options->server, error, ERROR_SIZE)) return false;
    for (int i = 0; i < 2; i++) {
        if (!connect_session(&sessions[i], &settings, options, error)) return false;
        int status = session_start(sessions[i]);
        if (!status) continue;
        snprintf(error, ERROR_SIZE, "cannot serve %s: %s", options->spec, strerror(-status));
        return false;
    }
    *error = '\0'; /* an earlier try's */
    return true;
}

static struct fuse *new_fuse(const struct mount_options *options, struct file_system *file_system)
{
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    char *words = NULL, *name, *flags;
    struct fuse *fuse = NULL;
    if (asprintf(&name, "fsname=%s", options->spec) < 0) return NULL;
    /* Unlike other FUSE file systems, and like NFS, devices and set-user-id programs are allowed unless refused. */
    if (asprintf(&flags, "dev,suid,allow_other,default_permissions,subtype=nfs%s%s", options->kernel_flags ? "," : "",
                 options->kernel_flags ? options->kernel_flags : "") < 0) {
        free(name);
        return NULL;
    }
    if (!fuse_opt_add_opt(&words, flags) && !fuse_opt_add_opt_escaped(&words, name) && !fuse_opt_add_arg(&arguments, "mount.nfs") &&
        !fuse_opt_add_arg(&arguments, "-o") && !fuse_opt_add_arg(&arguments, words))
        fuse = fuse_new(&arguments, &operations, sizeof operations, file_system);
    fuse_opt_free_args(&arguments);
    free(words);
    free(name);
    free(flags);
    return fuse;
}

struct watch {
    int device;
    struct session **sessions;
};

/* The kernel reports the end of a mount as an error on its device, also while every thread waits for a dead server. */
static void *end_with_the_mount(void *argument)
{
    struct watch *watch = argument;
    struct pollfd device = {.fd = watch->device, .events = 0};
    while (poll(&device, 1, -1) < 0 && errno == EINTR) {}
    for (int i = 0; i < 2; i++) session_abandon(watch->sessions[i]);
    sleep(LAST_CALLS_S);
    _exit(0);
}

static void serve(struct fuse *fuse, struct session *sessions[2])
{
    struct watch watch = {.device = fuse_session_fd(fuse_get_session(fuse)), .sessions = sessions};
    pthread_t watcher;
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_max_threads(config, MAX_THREADS);
    fuse_loop_cfg_set_idle_threads(config, IDLE_THREADS);
    if (pthread_create(&watcher, NULL, end_with_the_mount, &watch) == 0) fuse_loop_mt(fuse, config);
    fuse_loop_cfg_destroy(config);
    fuse_unmount(fuse);
}

int mount_and_serve(const struct mount_options *options, struct daemon_report *report)
{
    static struct file_system file_system;
    struct session *sessions[2];
    struct fuse *fuse = NULL;
    char error[ERROR_SIZE] = "";

    if (connect_sessions(sessions, options, error)) {
        int status = file_system_init(&file_system, sessions[0], sessions[1]);
        if (status)
            snprintf(error, sizeof error, "cannot read %s: %s", options->spec, strerror(-status));
        else if (!options->fake && (!(fuse = new_fuse(options, &file_system)) || fuse_mount(fuse, options->directory)))
            snprintf(error, sizeof error, "cannot mount on %s: %s", options->directory, errno ? strerror(errno) : "FUSE is not available");
    }
    if (fuse && !*error) fuse_set_signal_handlers(fuse_get_session(fuse));
    daemon_tell(report, error);
    if (*error) return 1;
    if (fuse) serve(fuse, sessions);
    return 0;
}
