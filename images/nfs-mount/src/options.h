#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* What a command line `mount.nfs SPEC DIR [-fnrsvw] [-o OPTIONS]` asks for. Strings are owned by the structure. */
struct mount_options {
    char *spec;      /* as given, for /proc/mounts */
    char *server;    /* host name or address, without brackets */
    char *path;      /* absolute path of the export */
    char *directory; /* where to mount */
    char *kernel_flags; /* comma-separated options for the FUSE mount itself: "nosuid,ro" */
    int nfs_port;    /* 0: ask the server's port mapper */
    int mount_port;
    bool soft;
    int timeout_ds;  /* timeo: tenths of a second before a call is sent again */
    int retransmissions;
    int retry_minutes;
    bool fake;       /* do all but the mount */
    bool verbose;
};

/*
 * Reads a command line. Returns 0, or 1 (mount(8): incorrect invocation) with one line in `error`.
 * Unknown options are refused by name, unless -s (sloppy) was given.
 */
int options_parse(struct mount_options *options, int argc, char **argv, char *error, size_t error_size);

#endif
