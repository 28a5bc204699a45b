/*
 * judge - rules and exemptions on one container: which are violated, now and for long enough.
 *
 * No I/O and no lock: it works on what it is given. It reads the clock, for a verdict takes no longer than
 * VERDICT_NS: a rule that needs more than half of what is left of it has failed, so that a costly rule does
 * not hide those behind it. The rule_states are the caller's alone while it judges.
 */
#ifndef DE_ENFORCE_JUDGE_H
#define DE_ENFORCE_JUDGE_H

#include "base/clock.h"
#include "enforce/policy.h"
#include "container/container.h"
#include "view/request.h"
#include "view/subject.h"

#define VERDICT_NS (1 * NS_PER_S)

/* What is remembered of a rule that holds for a container now. */
struct rule_state {
	uint64_t rule_hash;
	uint64_t since_ns;    /* monotonic: held without a gap since then */
	bool reported;	      /* the violation counted already */
	uint64_t reported_ns; /* monotonic, when last */
	uint64_t grace_ns;    /* monotonic, since when it is put off (the rule's grace); 0: it is not */
	bool grace_over;      /* that this time is over was reported */
	bool excused;	      /* the exemption was noted already */
	bool by_usage;	      /* the rule reads metrics */
};

struct rule_states {
	struct rule_state *items;
	size_t count;
};

/*
 * The container was started anew. What it uses is another matter now; but what it is has not changed, and its
 * restarts do not put off what a rule has for that: such timers go on, to be reported anew.
 */
void rule_states_restart(struct rule_states *states);

struct violation {
	const struct rule *rule; /* of the policy that judged: keep a reference to it */
	bool news;		 /* not reported before, without a gap, or to be reported again (remind) */
	bool enforce;		 /* under its own or the global mode, it is to be acted upon */
	uint64_t action_at_ns;	 /* wall clock: it will be, if it lasts till then (grace); 0: not put off */
	char *error;		 /* the rule failed, with this error: reported, never acted upon. Owned. */
	struct json_object
		*update; /* what is to be set (ACTION_UPDATE), while it is enforced; else NULL. Owned. */
	char *message;	 /* what the rule has to say to the user; NULL: nothing. Owned. */
};

/* A rule that would be a violation, were it not for an exemption. */
struct exempted {
	const struct rule *rule;
	const struct rule *by; /* the whitelist rule; NULL: WHITE_LIST or IMAGE_WHITE_LIST */
};

struct verdict {
	struct violation *items;
	size_t count;
	struct exempted *exempted; /* in watch only those that were not noted before */
	size_t exempted_count;
	uint64_t evaluations; /* of rules */
	bool eased;	      /* a rule that was reported does not hold any more */
};

struct groups;

struct judge_options {
	int mode; /* enum config_mode */
	bool stop_on_first;
	bool metric_rules_only;	     /* watch: the others are for the periodic check and events */
	uint64_t now_ns;	     /* monotonic */
	uint64_t wall_ns;	     /* for exemptions that expire, and what rules see of time and ages */
	const struct groups *groups; /* enforce/groups.h, borrowed; NULL: rules on groups are not evaluated */
	struct json_object *host;    /* the host's figures (metrics/host.h), borrowed; NULL: not known */
};

/*
 * The rule that a container violates whose document is too large to be read, under the global mode: nobody
 * may hide from all other rules behind it. It is in every policy.
 */
#define RULE_UNREADABLE "cannot be read"

/* The rule on containers with that hash that is in force, or NULL. */
const struct rule *judge_find_rule(const struct policy *p, uint64_t hash);

/* Judges `s`; `states` may be NULL (no `for`, no onset). *out is for verdict_free(). */
void judge_container(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		     struct subject *s, struct rule_states *states, struct verdict *out);

/*
 * The values of the memory that `s` uses at which one of the rules could become true of it, the lowest first,
 * those that are enforced before others: at most `most`. `s` needs its usage. Returns how many.
 */
size_t judge_find_bounds(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
			 const struct subject *s, uint64_t *out, size_t most);

/* Judges a request, as request_view() shows it, by the request rules. The same for *out. */
void judge_request(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		   struct value request, struct verdict *out);

void verdict_free(struct verdict *v);

/* What is to be set of all that is to be: of two values the first counts. A new object; NULL: nothing is. */
struct json_object *verdict_update(const struct verdict *v);

/* The violation that decides what is done: kill before stop before pause before update. NULL: nothing is to
 * be done. */
const struct violation *verdict_strongest(const struct verdict *v);

/* The one that stands for the verdict: the first that is enforced, else the first. It has at least one. */
const struct violation *verdict_leading(const struct verdict *v);

#endif
