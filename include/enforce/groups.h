/*
 * groups - the containers that belong together by each rule's `per`, and which of them its `pick` means. Made
 * anew for each judging round, from what is known of all containers at that moment. Pure; a struct groups is
 * only read once it is made.
 */
#ifndef DE_ENFORCE_GROUPS_H
#define DE_ENFORCE_GROUPS_H

#include "enforce/judge.h"
#include "view/group.h"

struct groups;

/* Borrowed. `now` and `base` are NULL where it is not measured: a container that is to start. */
struct groups_member {
	const struct container *container;
	int64_t position;
	const struct usage *now, *base;
};

/* Whether any rule that is in force asks for groups. */
bool groups_wanted(const struct policy *p);

/*
 * Of all members, by all rules with `per` and `pick`. `o` says when it is, and how the host is. One for which
 * `per` fails, or gives null, is in no group. For groups_free(), which takes NULL.
 */
struct groups *groups_new(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
			  const char *source, const struct groups_member *members, size_t n);
void groups_free(struct groups *g);

/* Adds one container to sums that began as all zero: as a rule with `per` sees them. */
void groups_add_member(struct group *g, const struct groups_member *m);

/*
 * What is in the document, in the shape of `group`, takes the place of each group's own figures, and each
 * `pick` is on whoever is there: for tests.
 */
void groups_set_figures(struct groups *g, struct json_object *group);

/* The container's group by that rule; NULL: it is in none. */
const struct group *groups_find(const struct groups *g, const struct rule *rule, const char *id);

/* Whether the rule's `pick` is on this container, of those that its rule holds for; true without a `pick`. */
bool groups_is_picked(const struct groups *g, const struct rule *rule, const char *id);

#endif
