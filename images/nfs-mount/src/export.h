#ifndef EXPORT_H
#define EXPORT_H

#include <stddef.h>
#include <stdint.h>

/* A server's name of a file, of which only the server knows what is in it. */
struct handle {
    uint32_t size;
    char bytes[64];
};

struct export_settings {
    const char *server;
    const char *path;
    int nfs_port; /* 0: ask the port mapper */
    int mount_port;
};

/* What a process must know to serve an export without mounting it again. */
struct export {
    struct handle root;
    int port;            /* where the server was reached */
    uint32_t read_size;  /* the most that one READ or WRITE may carry, in bytes */
    uint32_t write_size;
};

/* Mounts. Returns 0, or -errno with libnfs's words in `error`. */
int export_open(const struct export_settings *settings, struct export *export, char *error, size_t error_size);

/* Whether `path`, relative to the export of the settings, is there: 0 or -errno. */
int export_look(const struct export_settings *settings, const char *path);

#endif
