/*
 * authz - one request to dockerd judged: request rules on the request, and for what makes or changes a
 * container, container rules on the container that would result. For the plugin's endpoint and `judge`.
 *
 * Thread-safe: what it borrows is immutable, or its own thread's.
 */
#ifndef DE_AUTHZ_H
#define DE_AUTHZ_H

#include "api.h"
#include "docker.h"
#include "judge.h"
#include "policy.h"
#include "subject.h"

/* What a judgement needs beside the request. */
struct authz_context {
	const struct policy *policy;
	struct judge_options options;
	struct logic_ctx *ctx;	   /* the thread's own */
	struct docker_facts facts; /* all zero: not known */
	struct docker *docker;	   /* to look up images, volumes, containers; NULL: they are not known */
	uint64_t deadline_ns;	   /* monotonic, for all lookups together */
	int64_t position;	   /* that a new container would take */
	unsigned needs;		   /* of the policy's container rules and exemptions */
};

struct authz_result {
	bool refused;
	struct buf reason;	     /* what the client is told, where it is refused; the log, where not */
	bool unreadable;	     /* the request itself was the reason: it could mean several things */
	struct verdict on_request;   /* request rules */
	struct verdict on_container; /* container rules; `container` is the one that would result */
	struct container *container; /* NULL where the request makes or changes none */
	struct json_object *request; /* what request rules saw; NULL where there are none */
	char *path;		     /* decoded, for logs */
	uint64_t evaluations;
};

/* Judges a message. *out is for authz_result_free(). Asks Docker at most until the context's deadline. */
void authz_judge(const struct authz_context *c, const struct api_message *m, struct authz_result *out);
void authz_result_free(struct authz_result *r);

#endif
