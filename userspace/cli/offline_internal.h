/*
 * offline - judging saved JSON without a daemon, for `judge` and `test`.
 */
#ifndef DE_CLI_OFFLINE_INTERNAL_H
#define DE_CLI_OFFLINE_INTERNAL_H

#include "modes/authz.h"

enum offline_kind { AS_INSPECT, AS_CREATE, AS_REQUEST };

/* By the names of `--as`; -1 for what is none. */
int offline_kind_parse(const char *text);

struct offline_input {
	enum offline_kind kind;
	struct json_object *doc;     /* an inspect document, a create body or a plugin message; borrowed */
	const char *name;	     /* of a container to be created */
	struct json_object *metrics; /* in the shape of `metrics`, or NULL: there are none; borrowed */
	struct json_object *target;  /* what a request names, in the shape of `target`, or NULL; borrowed */
	const char *owner;	     /* NULL or "": not known */
	struct json_object *group;   /* in the shape of `group`, or NULL: the container is alone; borrowed */
	struct json_object *host;    /* in the shape of `host`, or NULL: it is not known; borrowed */
	uint64_t now_ns;	     /* wall clock; 0: as it is */
	int64_t position;
	uint64_t held_ns;      /* judged a second time after that long, so that `for` can be met */
	int mode;	       /* enum config_mode */
	struct docker *docker; /* to look up what the document only names; may be NULL */
};

/* Called with what the rules saw, while it lives: the root of container rules, or of request rules. */
typedef void (*offline_seen_fn)(void *arg, bool request, struct value root, struct logic_ctx *ctx);

/*
 * All rules that apply, without regard to STOP_ON_FIRST_VIOLATION. *out is for authz_result_free(). -1 with
 * *err if the document is not what `kind` says. `seen` may be NULL.
 */
int offline_judge(const struct policy *policy, const struct offline_input *in, offline_seen_fn seen,
		  void *arg, struct authz_result *out, struct err *err);

/* {"rule", "result", "saw": [a line for each part that was evaluated]}; a new reference. */
struct json_object *explain_rule(const struct rule *rule, struct value root, struct logic_ctx *ctx);

#endif
