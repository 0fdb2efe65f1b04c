#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "guard.h"
#include "mount.h"
#include "options.h"
#include "processes.h"
#include "worker.h"

/* Exit codes of mount(8). */
enum { SUCCESS = 0, USAGE = 1, MOUNT_FAILED = 32 };

static const char *unusable(const char *directory)
{
    struct stat stat_;
    if (stat(directory, &stat_)) return strerror(errno);
    return S_ISDIR(stat_.st_mode) ? NULL : strerror(ENOTDIR);
}

/* A process of a mount that its peer has started: FLAG DEVICE MEMORY PEER, three descriptors. */
static int serve(char **argv)
{
    int device = atoi(argv[2]), shared = atoi(argv[3]), peer = atoi(argv[4]);
    prctl(PR_SET_NAME, argv[0]); /* it was started as /proc/self/exe */
    block_signals();
    if (strcmp(argv[1], GUARD_FLAG) == 0) guard(device, shared, peer);
    else worker_take_over(device, shared, peer);
    return SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc >= 5 && (strcmp(argv[1], GUARD_FLAG) == 0 || strcmp(argv[1], WORKER_FLAG) == 0)) return serve(argv);
    struct mount_options options;
    char error[512] = "";
    if (options_parse(&options, argc, argv, error, sizeof error)) {
        fprintf(stderr, "mount.nfs: %s\n", error);
        return USAGE;
    }
    const char *why = unusable(options.directory);
    if (why) {
        fprintf(stderr, "mount.nfs: mount point %s: %s\n", options.directory, why);
        return MOUNT_FAILED;
    }
    /* The daemon's working directory is the root. */
    char *directory = realpath(options.directory, NULL);
    if (directory) options.directory = directory;

    struct daemon_report report;
    if (daemon_start(&report, error, sizeof error) == DAEMON_PARENT) {
        if (*error) {
            fprintf(stderr, "mount.nfs: %s\n", error);
            return MOUNT_FAILED;
        }
        if (options.verbose) printf("mount.nfs: %s mounted on %s (FUSE, NFS version 3)\n", options.spec, options.directory);
        return SUCCESS;
    }
    return mount_and_serve(&options, &report) ? MOUNT_FAILED : SUCCESS;
}
