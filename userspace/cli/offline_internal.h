/*
 * offline - judging saved JSON without a daemon, for `judge` and `test`.
 */
#ifndef DE_CLI_OFFLINE_INTERNAL_H
#define DE_CLI_OFFLINE_INTERNAL_H

#include "enforce/groups.h"
#include "modes/authz.h"
#include "view/subject.h"

enum offline_kind { AS_INSPECT, AS_CREATE, AS_REQUEST, AS_COMPOSE, AS_UNKNOWN };

/* By the names of `--as`; AS_UNKNOWN for what is none. */
enum offline_kind offline_kind_parse(const char *text);
const char *offline_kind_name(enum offline_kind kind);

/* What a document looks like; AS_INSPECT for what looks like nothing. */
enum offline_kind offline_kind_guess(struct json_object *doc);

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
	uint64_t held_ns; /* judged a second time after that long, so that `for` can be met */
	int mode;	  /* enum config_mode */
	bool strict; /* a create body without Image, or with keys that Docker does not know, is no create body
		      */
	struct docker *docker; /* to look up what the document only names; may be NULL */
};

/* What rules saw, while it lives. */
struct offline_seen {
	bool request; /* request rules; else rules on the container */
	struct value root;
	struct logic_ctx *ctx;
	struct subject *subject; /* of rules on the container; NULL for others */
	const struct groups *groups;
};

typedef void (*offline_seen_fn)(void *arg, const struct offline_seen *seen);

/*
 * All rules that apply, without regard to STOP_ON_FIRST_VIOLATION. *out is for authz_result_free(). -1 with
 * *err if the document is not what `kind` says. `seen` may be NULL.
 */
int offline_judge(const struct policy *policy, const struct offline_input *in, offline_seen_fn seen,
		  void *arg, struct authz_result *out, struct err *err);

/* {"rule", "result", "saw": [a line for each part that was evaluated]}; a new reference. */
struct json_object *explain_rule(const struct rule *rule, const struct offline_seen *seen);

#endif
