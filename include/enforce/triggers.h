/*
 * triggers - what the administrator wants done on a detection beside enforcing: a program, a webhook, a line
 * in the log (triggers.json). Each trigger has a few workers of its own, so that a slow or failing one delays
 * no check, no authorization and no other trigger; their queue is bounded, and what it cannot take is
 * dropped, counted and said.
 *
 * Every function may be called from any thread.
 */
#ifndef DE_ENFORCE_TRIGGERS_H
#define DE_ENFORCE_TRIGGERS_H

#include "enforce/policy.h"
#include "view/verdict.h"

struct triggers;

/* NULL with *err where there are no descriptors left. */
struct triggers *triggers_start(struct err *err);

/* Ends the workers; programs that still run are killed, webhooks under way given up, what waits is dropped.
 */
void triggers_stop(struct triggers *t);

/* Whether the policy has a trigger that is enabled, so that a verdict's JSON is worth making. */
bool triggers_wanted(const struct policy *p);

/* Runs the policy's triggers on a verdict, those whose filter it passes. Returns at once. */
void triggers_submit(struct triggers *t, const struct policy *p, const struct verdict_view *verdict);

/*
 * A triggers.json, for those who may look but not know: of a webhook scheme and host alone, of a program its
 * path. Paths and queries of webhooks, their headers and arguments of programs are passwords. Changes the
 * document.
 */
void triggers_hide_secrets(struct json_object *list);

struct triggers_counts {
	uint64_t run, failed, dropped;
};

struct triggers_counts triggers_counts(const struct triggers *t);

#endif
