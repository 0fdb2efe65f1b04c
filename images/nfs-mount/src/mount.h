#ifndef MOUNT_H
#define MOUNT_H

#include "daemon.h"
#include "options.h"

/* Mounts, tells how it went, and serves until the file system is unmounted. Returns 0, or 1 when it was never mounted. */
int mount_and_serve(const struct mount_options *options, struct daemon_report *report);

#endif
