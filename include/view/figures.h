/*
 * figures - the values that a rule, a page or a scrape may want of struct usage.
 */
#ifndef DE_VIEW_FIGURES_H
#define DE_VIEW_FIGURES_H

#include "abi/usage.h"
#include "rules/value.h"

#include <sys/types.h>

/* A metric's value by slot, for subject.c and pages; false if it is not given. */
bool metric_read(const struct usage *now, const struct usage *base, int slot, struct value *out);
int metric_find(const char *path); /* "memory_stats.usage" to slot, -1 if there is none */
bool metric_find_saved(struct json_object *doc, int slot, struct value *out); /* the same in a document */
unsigned metric_needs(int slot);
const char *const *metric_names(void); /* NULL-terminated */
struct json_object *metrics_to_json(const struct usage *now, const struct usage *base);
struct json_object *metrics_read_networks(pid_t pid); /* as Docker's stats: {"eth0": {"rx_bytes": …}} */

#endif
