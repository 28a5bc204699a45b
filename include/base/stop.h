/*
 * stop - the word that everything is to end, and waiting that ends with it. Any thread.
 */
#ifndef DE_BASE_STOP_H
#define DE_BASE_STOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct stop;

/* NULL with *err where there are no descriptors left. */
struct stop *stop_new(struct err *err);
void stop_free(struct stop *s);

void stop_request(struct stop *s);

/* Waits `ns`, or until the stop was requested: then true. 0 just looks. A watched loop (pulse.h) may be late
 * by that. */
bool stop_wait(struct stop *s, uint64_t ns);

/* Readable from the request on, for poll(2). */
int stop_fd(const struct stop *s);

#endif
