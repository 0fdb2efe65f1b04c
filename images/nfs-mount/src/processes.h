#ifndef PROCESSES_H
#define PROCESSES_H

#include <stdbool.h>

/*
 * Two processes keep a mount: a worker that serves it, and a guard that holds what a next worker needs, the FUSE device
 * and the memory. Whichever dies, the other starts it anew. Only both at once end the mount.
 */
#define NO_PEER (-1)
#define WORKER "mount.nfs-fuse"
#define GUARD "mount.nfs-guard"

/* The command line of a process that its peer started begins with this. */
#define WORKER_FLAG "--worker"
#define GUARD_FLAG "--guard"

/* Keeps the signals that end a mount for wait_for_event; also in threads that are made later. */
void block_signals(void);

enum event { UNMOUNTED, PEER_DIED, TOLD_TO_END };

/* `peer` is a pidfd, or NO_PEER. */
enum event wait_for_event(int device, int peer);

bool is_mounted(int device);

/* Starts the other process of a mount. Returns its pidfd; NO_PEER when the machine cannot have another process now. */
int start_peer(const char *flag, int device, int shared);

/*
 * The same for one that died (`dead`: its pidfd), unless that happens again and again: then the mount is ended, the node's
 * log says so, and it does not return.
 */
int replace_peer(const char *flag, int device, int shared, int dead);

/* Ends the mount and this process. */
_Noreturn void end_mount(int device);

#endif
