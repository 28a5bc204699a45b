/*
 * judge - rules and exemptions on one container: which are violated, now and for long enough.
 *
 * Pure but for logging; the caller holds whatever protects the rule_states (the inventory's lock).
 */
#ifndef DE_ENFORCE_JUDGE_H
#define DE_ENFORCE_JUDGE_H

#include "enforce/policy.h"
#include "container/container.h"
#include "view/request.h"
#include "view/subject.h"

/* What is remembered of a rule that holds for a container now. */
struct rule_state {
	uint64_t rule_hash;
	uint64_t since_ns; /* monotonic: held without a gap since then */
	bool reported;	   /* the violation counted already */
	bool excused;	   /* the exemption was noted already */
};

struct rule_states {
	struct rule_state *items;
	size_t count;
};

struct violation {
	const struct rule *rule; /* of the policy that judged: keep a reference to it */
	bool onset;		 /* not reported before, without a gap */
	bool enforce;		 /* under its own or the global mode, it is to be acted upon */
	char *error;		 /* the rule failed, with this error: reported, never acted upon. Owned. */
	char *message;		 /* what the rule has to say to the user; NULL: nothing. Owned. */
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
};

struct judge_options {
	int mode; /* enum config_mode */
	bool stop_on_first;
	bool metric_rules_only; /* watch: the others are for the periodic check and events */
	uint64_t now_ns;	/* monotonic */
	uint64_t wall_ns;	/* for exemptions that expire */
};

/* Judges `s`; `states` may be NULL (no `for`, no onset). *out is for verdict_free(). Counts into
 * *evaluations. */
void judge_container(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		     struct subject *s, struct rule_states *states, struct verdict *out,
		     uint64_t *evaluations);

/* Judges a request, as request_view() shows it, by the request rules. The same for *out. */
void judge_request(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		   struct value request, struct verdict *out, uint64_t *evaluations);

void verdict_free(struct verdict *v);

/* What a verdict is on, for its JSON. Strings are borrowed; "" where there is nothing to say. */
struct verdict_about {
	const struct container *container; /* NULL: a request that is about none */
	const char *owner, *source, *request;
	const char *action; /* what is done: "stop", "refuse", "" */
	bool enforced;
	uint64_t wall_ns;
};

/* The flat object that triggers see; a new reference. The verdict has at least one violation. */
struct json_object *verdict_to_json(const struct verdict *v, const struct verdict_about *about);

#endif
