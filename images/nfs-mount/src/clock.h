#ifndef CLOCK_H
#define CLOCK_H

#include <pthread.h>
#include <stdbool.h>

/* Milliseconds on a clock that never goes back. */
long now_ms(void);

/* Makes a condition that is waited for by that clock. */
void condition_init(pthread_cond_t *condition);

/* Waits for such a condition. Returns false when the time has passed. */
bool wait_at_most(pthread_cond_t *condition, pthread_mutex_t *lock, long milliseconds);

#endif
