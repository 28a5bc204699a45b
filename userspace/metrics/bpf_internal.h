/*
 * bpf - what the bpf source is made of besides its maps: cgroup iterators, the flush before a walk, and what
 * libbpf says when something does not load. For source_bpf.c alone (and decide.c, which listens too); one
 * call at a time, as of a source.
 */
#ifndef DE_METRICS_BPF_INTERNAL_H
#define DE_METRICS_BPF_INTERNAL_H

#include "base/err.h"
#include "metrics/metrics.h"

#include <bpf/libbpf.h>

/* From now on libbpf's lines go to the log, at DEBUG, and complaints of this thread are kept. */
void complaint_listen(void);

/* "what: strerror(errno): libbpf: the lines that say why", of this thread; returns -1. */
int complaint_err(struct err *err, const char *what);

/*
 * Adds what is worth keeping of one of libbpf's messages to `out`: of the verifier's log the line on which it
 * gave up, and not what failed in consequence. Cut where there is no room. Pure.
 */
void complaint_add(char *out, size_t size, const char *text);

/* An iterator over the cgroup `root` and all below it, or it alone. NULL with *err; bpf_link__destroy(). */
struct bpf_link *iterator_attach(const struct bpf_program *prog, const char *root, bool only_root,
				 struct err *err);

/* One run to its end. */
int iterator_run(struct bpf_link *link, struct err *err);

/*
 * The programs that bring figures up to date. root: the v2 hierarchy's; wanted: bits of enum metrics_flush.
 * NULL with *err; the owner calls flushes_close(), NULL does nothing.
 */
struct flushes *flushes_open(const char *root, unsigned wanted, struct err *err);
int flushes_run(const struct flushes *f, struct err *err);
void flushes_close(struct flushes *f);

#endif
