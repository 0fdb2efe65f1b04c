#ifndef REQUESTS_H
#define REQUESTS_H

#include <fuse3/fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Reads the kernel's requests from the device and hands them to the session, each in a thread of its own, until the file
 * system is unmounted. What a predecessor had begun is carried out first.
 */
void requests_serve(struct fuse_session *session, int device);

/* How the session answers, so that an answer given once is given by no successor again: for fuse_session_custom_io. */
extern const struct fuse_custom_io request_io;

/* The request of the calling thread may have reached the server before. */
void request_is_repeated(void);
bool request_was_repeated(void);

/* What tells the request of the calling thread from every other of this mount, whoever carries it out. */
uint64_t request_number(void);

/* The request of the calling thread is past a point that must be passed only once, also by a successor. */
void request_passes(void);
bool request_has_passed(void);

/* Where an appending write goes: `now`, unless a predecessor had already decided. */
uint64_t request_append_at(uint64_t now);

/* The bytes of the request, a write, are in this place of memory->behind, from `at` on; they count from now on. */
void request_is_taken_in(unsigned place, uint64_t at);
bool request_was_taken_in(void);

/* Counts bytes that a predecessor had copied and had no time to count. Before any request is carried out. */
void requests_take_in(void);

/* Memory of the calling thread for an answer of up to TRANSFER_SIZE bytes. */
char *request_room(void);

#endif
