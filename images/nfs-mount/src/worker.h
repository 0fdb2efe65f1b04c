#ifndef WORKER_H
#define WORKER_H

/* Starts all that needs no device. Returns 0 or -errno. */
int worker_prepare(void);

/* Serves the mount until its end. `peer` is the guard's pidfd, or NO_PEER: then a guard is started. */
_Noreturn void worker_serve(int device, int shared, int peer);

/* Goes on where a worker died. Returns when that cannot be. */
void worker_take_over(int device, int shared, int peer);

#endif
