/*
 * authz - one request to dockerd judged: request rules on the request, and for what makes or changes a
 * container, container rules on the container that would result. For the plugin's endpoint and `judge`.
 *
 * Thread-safe: what it borrows is immutable, or its own thread's.
 */
#ifndef DE_MODES_AUTHZ_H
#define DE_MODES_AUTHZ_H

#include "base/clock.h"
#include "base/config.h"
#include "base/text.h"
#include "container/container.h"
#include "docker/docker.h"
#include "enforce/deliver.h"
#include "enforce/judge.h"
#include "enforce/policy.h"
#include "modes/inventory.h"
#include "modes/ownership.h"
#include "request/message.h"
#include "request/target.h"

/* What a judgement needs beside the request. */
struct authz_context {
	const struct policy *policy;
	struct judge_options options;
	struct logic_ctx *ctx;	    /* the thread's own */
	struct docker_facts facts;  /* all zero: not known */
	struct json_object *target; /* what the request names, where dockerd is not asked; NULL: nothing */
	struct ownership_source ownership;
	struct ownership asker;	     /* "": not known */
	struct docker *docker;	     /* to look up images, volumes, containers; NULL: they are not known */
	uint64_t deadline_ns;	     /* monotonic, for all lookups together */
	struct inventory *inventory; /* the containers that run; NULL: `position` is the container's */
	int64_t position;
	unsigned needs; /* of the policy's container rules and exemptions */
};

struct authz_result {
	bool refused;
	struct buf reason;	     /* what the client is told, where it is refused; the log, where not */
	bool teaches;		     /* dockerd's answer will say whose something is */
	bool unreadable;	     /* the request itself was the reason: it could mean several things */
	struct verdict on_request;   /* request rules */
	struct verdict on_container; /* container rules; `container` is the one that would result */
	struct container *container; /* NULL where the request makes or changes none */
	struct json_object *request; /* what request rules saw; NULL where there are none */
	char *path;		     /* decoded, without a version; NULL where it could not be read */
};

/* Whether judging the message depends on what dockerd is like (authz_context.facts). */
bool authz_needs_facts(const struct request_message *m);

/* The container that a request is about, as it calls it, without a slash before; "": none. Borrowed. */
const char *authz_container_of(const struct request_endpoint *e, struct json_object *body);

/* New references, also after failure. */
struct authz_targets {
	struct json_object *target; /* what the request is about; NULL: nothing, or nothing that is there */
	struct json_object *all;    /* an array: that, and what it names beside it, there or not */
};

/*
 * What the request names - containers, volumes, networks, each by its kind, name, id, owner, who made it,
 * whether it is the asker's own, labels, image and whether it is exempt. -1 with *err where dockerd gives no
 * answer.
 */
int authz_find_targets(const struct authz_context *c, const struct request_endpoint *e,
		       const struct request_target *t, struct json_object *body, struct authz_targets *out,
		       struct err *err);

/* Whether dockerd's answer to such a request says whose something is. */
bool authz_teaches(const struct request_endpoint *e);

/* Notes whose a thing is that dockerd's answer says was made, or removed. */
void authz_learn(const struct ownership_source *s, struct docker *docker, const struct request_message *m,
		 const struct request_endpoint *e);

/* Judges a message. *out is for authz_result_free(). Asks Docker at most until the context's deadline. */
void authz_judge(const struct authz_context *c, const struct request_message *m, struct authz_result *out);
void authz_result_free(struct authz_result *r);

/* ---- the plugin ---- */

struct authz;

/* What the plugin works with; all borrowed. */
struct authz_parts {
	const struct config *config;
	struct policy_slot *policy;
	struct inventory *inventory; /* how many containers there are */
	struct owners *owners;
	struct outlets outlets;
	const char *token; /* that the enforcer's own calls carry, so that they are let through */
	void (*started)(void *arg, const char *id); /* a container that was let start runs */
	void *arg;
};

/*
 * What answers dockerd's messages: judges by the policy in force, delivers what was found, counts. Makes no
 * call to Docker yet.
 */
struct authz *authz_new(const struct authz_parts *parts, struct err *err);
void authz_free(struct authz *a);

/* Makes lookups under way, and later ones, fail soon. */
void authz_shutdown(struct authz *a);

/*
 * Answers the message of /AuthZPlugin.AuthZReq with the JSON that dockerd expects. Any thread; takes at most
 * some seconds, and asks Docker only for what the rules need to know.
 */
void authz_answer(struct authz *a, const char *text, size_t len, struct buf *answer);

/* How long a message waits for its turn, to be taken in and to be judged: dockerd gives up after 30 s. */
#define AUTHZ_TURN_NS (10 * NS_PER_S)

/* Answers a message whose turn does not come. */
void authz_answer_busy(struct authz *a, struct buf *answer);

/*
 * Notes the message of /AuthZPlugin.AuthZRes, what dockerd answered: a container that was let start and runs
 * is read and judged once more, as it runs. What it was made of may have changed since the request was
 * judged.
 */
void authz_note_response(struct authz *a, const char *text, size_t len);

/* Whether an answer that comes now could be one that is to be noted: they may be long, and most are nothing
 * to us. */
bool authz_awaits_response(const struct authz *a);

/* The connection to dockerd was lost: the next one may be another version. NULL is ignored. */
void authz_forget_daemon(struct authz *a);

struct authz_counts {
	uint64_t allowed, refused, malformed; /* malformed ones are among the others too */
	uint64_t own;			      /* the enforcer's own calls, let through unseen */
	uint64_t ns;			      /* that all answers together took */
	uint64_t evaluations;		      /* of rules */
};

struct authz_counts authz_counts(const struct authz *a);

#endif
