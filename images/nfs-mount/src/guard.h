#ifndef GUARD_H
#define GUARD_H

/* Replaces the worker (`peer`: its pidfd) whenever it dies, until the mount ends. */
void guard(int device, int shared, int peer);

#endif
