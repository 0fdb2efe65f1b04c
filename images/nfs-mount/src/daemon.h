#ifndef DAEMON_H
#define DAEMON_H

#include <stddef.h>

enum daemon_side { DAEMON_PARENT, DAEMON_CHILD };

/* The child's way to tell the parent, and through it whoever called mount, how the mount went. */
struct daemon_report {
    int pipe;
};

/*
 * Splits off the process that will serve the mount. The child holds nothing of the caller: no descriptor, no terminal, no
 * working directory; kubelet waits until every copy of its pipes is closed. The parent returns when the child has
 * reported, with the child's words in `error` ("" when all is well).
 */
enum daemon_side daemon_start(struct daemon_report *report, char *error, size_t error_size);

/* Ends the parent: with success when `error` is empty. */
void daemon_tell(struct daemon_report *report, const char *error);

#endif
