/*
 * subject - what a container rule can see, one shape whatever the source: name, id, position, params,
 * metrics, owner, check_source, violated_rule and the views derived from params (container/views.h).
 * docs/rules.md is the user's side of this.
 *
 * A struct subject is one evaluation's view on a container, on the stack of the thread that judges.
 */
#ifndef DE_VIEW_SUBJECT_H
#define DE_VIEW_SUBJECT_H

#include "abi/usage.h"
#include "base/memory.h"
#include "container/container.h"
#include "container/schema.h"
#include "history/owners.h" /* OWNER_UNKNOWN */
#include "rules/bound.h"
#include "rules/logic.h"
#include "rules/needs.h"
#include "view/group.h"

/* check_source: who judges. */
#define SOURCE_PERIODIC "periodic"
#define SOURCE_EVENT	"event"
#define SOURCE_WATCH	"watch"
#define SOURCE_AUTHZ	"authz_plugin"

struct subject {
	struct value_view view; /* what the evaluator reads */
	struct value_view metrics;
	struct bound_inputs
		memory; /* for logic_bound(): of the memory that is used. `usage` must be there. */
	struct value_view time, host, group_fields;
	const struct container *container;
	const char *owner, *check_source, *violated_rule;
	int64_t position;
	int64_t age_s, created_age_s; /* by the wall clock; 0 of one that is not made or started yet */
	uint64_t wall_ns;
	const struct group *group;	  /* of the rule that is evaluated; NULL: it has none */
	struct json_object *group_doc;	  /* made on demand */
	struct json_object *host_doc;	  /* borrowed; NULL: not known */
	const struct usage *usage, *base; /* NULL: there are no metrics */
	/* all metrics as a document: made when a rule names one that has no slot, or given by judge and test
	 */
	struct json_object *metrics_doc;
	bool saved;  /* metrics_doc was given: it is all there is to know */
	bool absent; /* out: the rule read a metric that this host or moment does not give */
};

/* Borrowed pointers must outlive the subject; subject_clear() frees what was made on demand. */
void subject_init(struct subject *s, const struct container *c, int64_t position, const char *check_source);

/* When it is, and how the host is: before anything is evaluated. `host` is borrowed; NULL: not known. */
void subject_set_moment(struct subject *s, uint64_t wall_ns, struct json_object *host);

/* Whom the container belongs to by the rule that is evaluated next; borrowed, NULL: nobody. */
void subject_set_group(struct subject *s, const struct group *group);

/* Figures of another time, in the shape of `metrics`; a reference is taken. */
void subject_set_metrics(struct subject *s, struct json_object *doc);
void subject_clear(struct subject *s);
struct value subject_value(const struct subject *s);

/* What an element is like of the list there; NULL: there is none, or it is no struct. */
const struct schema *params_element(const struct schema *type, const struct value *keys, size_t n);

/* The names at the root; NULL-terminated. Each has a row in view/fields.c, or a type in container/. */
const char *const *subject_names(void);

/* What the compiler has to know: names that exist, spelling, inputs. `whitelist` adds `violated_rule`. */
const struct logic_binding *subject_binding(bool whitelist);

/*
 * Docker's structs and our views: follows `keys[0..n)` from a document of `type`, corrects the case of struct
 * keys in place (strings of `arena`). False with *bad the offending index and *nearest a suggestion or NULL.
 */
bool params_check_path(struct arena *arena, const struct schema *type, struct value *keys, size_t n,
		       size_t *bad, const char **nearest);

#endif
