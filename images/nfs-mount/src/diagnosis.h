#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "export.h"

/*
 * Says why a mount failed, in words for the person who reads them in an event of a Pod. libnfs reports many causes with
 * the same number, so the server is asked again.
 * Returns true when the server was not reached, so that trying later may help.
 */
bool explain_failure(const struct export_settings *settings, const char *spec, int status, const char *reason, char *error,
                     size_t error_size);

/* False, with the reason in `error`, when there is no host of that name. */
bool host_is_known(const char *host, char *error, size_t error_size);

#endif
