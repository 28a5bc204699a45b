/*
 * docker - the only module that speaks to dockerd, in the newest API version that both know (1.51 or older).
 *
 * One struct docker is shared by all threads; each call takes a connection from a pool, so that connections
 * are reused and calls do not wait for one another. Errors name the call and the container ("docker: inspect
 * 4f2a…: timeout after 30 s"); err.code is the HTTP status where dockerd answered, ETIMEDOUT where it
 * did not in time, else 0.
 * Documents are new json-c references that the caller puts.
 */
#ifndef DE_DOCKER_H
#define DE_DOCKER_H

#include "abi/usage.h"
#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct docker_options {
	const char *socket;    /* unix:///path, host:port or tcp://host:port */
	bool tls_verify;       /* DOCKER_TLS_VERIFY: TLS, with the certificates below */
	const char *cert_path; /* ca.pem, cert.pem and key.pem are in it; "" is ~/.docker */
	unsigned timeout_s;
	const char *token; /* sent with every request as DOCKER_TOKEN_HEADER; NULL: none */
};

/* By it the authorization plugin knows the enforcer's own calls. */
#define DOCKER_TOKEN_HEADER "X-Docker-Enforcer-Token"

struct docker;

/* Makes no connection yet. NULL with *err if the address cannot be one. Strings are copied. */
struct docker *docker_open(const struct docker_options *options, struct err *err);
void docker_close(struct docker *d);
bool docker_is_remote(const struct docker *d);

/* The path of the socket that it is reached by; NULL: by TCP. Borrowed. */
const char *docker_socket(const struct docker *d);

/* The next call asks dockerd for its API version again: it may be another one. */
void docker_forget_version(struct docker *d);

/* Makes calls that are under way, and all later ones, fail soon. */
void docker_shutdown(struct docker *d);

struct json_object *docker_version(struct docker *d, struct err *err);

/* Of one document: no honest container, image or volume comes near. */
#define DOCKER_DOCUMENT_MAX (16U << 20)

/*
 * Running containers. The list is read as a stream, however long: `found` is called for each, with its id
 * and, if `whole`, what the list says of it (borrowed; NULL where that is larger than a document may be).
 */
int docker_list(struct docker *d, bool whole,
		void (*found)(void *arg, const char *id, struct json_object *entry), void *arg,
		struct err *err);

/* Calls `found` with the name of every volume, or the id of every network or container, running or not. */
int docker_list_volumes(struct docker *d, void (*found)(void *arg, const char *name), void *arg,
			struct err *err);
int docker_list_networks(struct docker *d, void (*found)(void *arg, const char *id), void *arg,
			 struct err *err);
int docker_list_all(struct docker *d, void (*found)(void *arg, const char *id), void *arg, struct err *err);

/* NULL with *err; err->code is EFBIG for one that is larger than a document may be. */
struct json_object *docker_inspect(struct docker *d, const char *id, struct err *err);

/* The same, but of one that is too large Id, Name and State, if they can be made out, and *whole is false. */
struct json_object *docker_inspect_partly(struct docker *d, const char *id, bool *whole, struct err *err);
struct json_object *docker_inspect_image(struct docker *d, const char *ref, struct err *err);
struct json_object *docker_inspect_exec(struct docker *d, const char *id, struct err *err);
struct json_object *docker_inspect_volume(struct docker *d, const char *name, struct err *err);
struct json_object *docker_inspect_network(struct docker *d, const char *name, struct err *err);

/* What a daemon is like, as far as it decides what becomes of a request. All zero: not known. */
struct docker_facts {
	unsigned api;	  /* its newest API version, 141 for 1.41 */
	unsigned release; /* 280502 for Engine 28.5.2; 0: it names none */
	bool cgroup_v2;
	bool remaps_users; /* containers have a user namespace of their own, unless they ask for the host's */
	bool no_new_privileges; /* of containers that do not say otherwise */
	char runtime[64], log_driver[64], storage_driver[64];
	char root_dir[256]; /* DockerRootDir */
};

int docker_read_facts(struct docker *d, struct docker_facts *out, struct err *err);

/* The same, asked for once of each dockerd; all zero where it gives no answer. */
struct docker_facts docker_known_facts(struct docker *d);

/* "1.41" to 141, up to the end or a slash; 0 for what is no version. */
unsigned docker_parse_version(const char *text);

/* "28.5.2+dfsg4" to 280502; 0 for what is no release. */
unsigned docker_parse_release(const char *text);

/* GET /containers/{id}/stats?one-shot=true as struct usage; takes 1 to 2 s on dockerd 20.10. */
int docker_read_stats(struct docker *d, const char *id, struct usage *out, struct err *err);

/* DOCKER_WAS_SO: nothing was left to do, it is gone, or stopped or paused already. */
enum docker_outcome { DOCKER_DONE, DOCKER_WAS_SO };

/*
 * Stops with dockerd's usual 10 s of grace, whatever the container's own StopTimeout says: its owner must not
 * be able to put the stop off. 0 with *out set, or -1 with *err.
 */
int docker_stop(struct docker *d, const char *id, enum docker_outcome *out, struct err *err);
int docker_kill(struct docker *d, const char *id, enum docker_outcome *out, struct err *err);
int docker_pause(struct docker *d, const char *id, enum docker_outcome *out, struct err *err);

/* Sets what `update` holds, an UpdateConfig in JSON; DOCKER_WAS_SO also where the container has it all
 * already. */
int docker_update(struct docker *d, const char *id, const char *update, enum docker_outcome *out,
		  struct err *err);

struct docker_event {
	const char *type;   /* "container", "volume", "network" */
	const char *action; /* "start", "die", "rename", … without what follows a colon */
	const char *id;	    /* of a volume its name */
	const char *name;
	uint64_t time_ns; /* dockerd's clock */
};

/* The stream of events of these types, from when it is opened. For one thread; what it is used for may take
 * its time. */
struct docker_events;

/*
 * Returns when dockerd has accepted: a list that is taken then, with the events that follow, misses nothing.
 * NULL with *err if it does not within the time limit, and after docker_shutdown().
 */
struct docker_events *docker_events_open(struct docker *d, struct err *err);
void docker_events_close(struct docker_events *s); /* nothing for NULL */

enum docker_next { DOCKER_EVENT, DOCKER_QUIET, DOCKER_ENDED };

/*
 * Waits up to `wait_ns` for the next event. DOCKER_EVENT: *out is it, its strings until the next call;
 * DOCKER_QUIET: there was none; DOCKER_ENDED with *err: the connection has ended, or docker_shutdown() was
 * called, which wakes it.
 */
enum docker_next docker_events_next(struct docker_events *s, uint64_t wait_ns, struct docker_event *out,
				    struct err *err);

uint64_t docker_calls(const struct docker *d); /* requests made so far */

#endif
