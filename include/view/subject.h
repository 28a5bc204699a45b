/*
 * subject - what a container rule can see, one shape whatever the source: name, id, position, params,
 * metrics, owner, check_source, violated_rule and the views derived from params (image, labels, env, mounts,
 * capabilities). docs/rules.md is the user's side of this.
 *
 * A struct container is what one inspect document says, immutable and reference-counted: any thread may read
 * it. A struct subject is one evaluation's view on it, on the stack of the thread that judges.
 */
#ifndef DE_VIEW_SUBJECT_H
#define DE_VIEW_SUBJECT_H

#include "abi/usage.h"
#include "docker/docker.h"
#include "rules/logic.h"
#include "rules/value.h"

#include <json-c/json.h>
#include <stdatomic.h>
#include <sys/types.h>

/* What a rule reads, as logic_needs() gives it. */
enum subject_need {
	NEED_PARAMS = 1,
	NEED_METRICS = 2,
	NEED_POSITION = 4,
	NEED_NETWORK = 8,     /* socket byte counters: cgroup_skb has to be attached */
	NEED_INTERFACES = 16, /* metrics.networks: /proc/PID/net/dev */
	NEED_RATE = 32,	      /* cpu_percent: two samples a second apart */
	NEED_IMAGE = 64,      /* what a request's image adds to Config */
	NEED_MOUNTS = 128,    /* what a request's volumes and VolumesFrom stand for */
	NEED_ALL = 255,
};

struct container {
	atomic_int refs;
	char *id, *name; /* name with its leading slash */
	char *image;
	pid_t pid;
	uint64_t started_ns;	      /* wall clock */
	struct value params;	      /* V_NULL with DISABLE_PARAMS */
	struct json_object *document; /* what params shows, or NULL where it is packed */
	struct value *packed;
	bool own_network; /* /proc/PID/net/dev of its first process is its own: not the host's, not another
			     host's */
	struct json_object *labels, *env, *capabilities, *mounts;
	char *labels_text; /* the labels as JSON: json-c may not print one object in two threads */
};

/*
 * From an inspect document, whose reference is taken over; NULL with *err where it is none. Volumes, and an
 * image that is only named by its id, are looked up in `docker` (may be NULL: shown as they are). Follows
 * symbolic links of bind sources on this host as they are now.
 */
struct container *container_from_inspect(struct json_object *doc, struct docker *docker, struct err *err);

/* The same of a document that a request changes: a bind source of which cannot be seen where it leads fails.
 */
struct container *container_from_change(struct json_object *doc, struct docker *docker, struct err *err);

/* A request to create a container, as dockerd would read it. */
struct create_request {
	struct json_object *body; /* decoded as schema_create_body; borrowed, and used up */
	const char *name;	  /* "" where dockerd is to choose */
	unsigned api;		  /* the request's API version, 141 for 1.41; 0: dockerd's own */
};

/*
 * The container that dockerd would make of a request, in the shape of an inspect document. What is only known
 * later (id, generated names, addresses) is empty. `facts` may be all zero. Looks up in `docker` (may be
 * NULL) what `needs` (enum subject_need) asks for, until `deadline_ns` (monotonic; 0: none). NULL with *err
 * if an answer did not come.
 */
struct container *container_from_create(const struct create_request *request,
					const struct docker_facts *facts, struct docker *docker,
					uint64_t deadline_ns, unsigned needs, struct err *err);

/* From an entry of GET /containers/json, for DISABLE_PARAMS: name, id, image, labels. */
struct container *container_from_list(struct json_object *entry, struct err *err);

/* Whether a symbolic link below a bind's source leads elsewhere now than when `c` was read. Reads the host's
 * files. */
bool container_links_moved(const struct container *c);

/* For a container that is kept: params in a third of the memory, or without `params` none. Before it is
 * shared. */
void container_pack(struct container *c, bool params);

struct container *container_get(struct container *c);
void container_put(struct container *c);

struct subject {
	struct value_view view; /* what the evaluator reads */
	struct value_view metrics;
	const struct container *container;
	const char *owner, *check_source, *violated_rule;
	int64_t position;
	const struct usage *usage, *base; /* NULL: there are no metrics */
	/* all metrics as a document: made when a rule names one that has no slot, or given by judge and test
	 */
	struct json_object *metrics_doc;
	bool saved;  /* metrics_doc was given: it is all there is to know */
	bool absent; /* out: the rule read a metric that this host or moment does not give */
};

/* Borrowed pointers must outlive the subject; subject_clear() frees what was made on demand. */
void subject_init(struct subject *s, const struct container *c, int64_t position, const char *check_source);

/* Figures of another time, in the shape of `metrics`; a reference is taken. */
void subject_set_metrics(struct subject *s, struct json_object *doc);
void subject_clear(struct subject *s);
struct value subject_value(const struct subject *s);

/* What the compiler has to know: names that exist, spelling, inputs. `whitelist` adds `violated_rule`. */
const struct logic_binding *subject_binding(bool whitelist);

/* ---- requests and verdicts ---- */

/* One API request; strings are borrowed, as are the objects, which may be NULL. */
struct request_parts {
	const char *method, *uri; /* as the client wrote them */
	const char *path;	  /* decoded and cleaned */
	const char *endpoint;	  /* the same without a version */
	const char *query;	  /* as written */
	struct json_object *parameters, *headers, *body;
	const char *user, *authn_method;
};

/* What request rules see; a new reference. `request_binding` knows its fields. */
struct json_object *request_view(const struct request_parts *r);
const struct logic_binding *request_binding(void);

/* What the compiler knows of what triggers see: a verdict. */
const struct logic_binding *verdict_binding(void);

/* A metric's value by slot, for subject.c and pages; false if it is not given. */
bool metric_read(const struct usage *now, const struct usage *base, int slot, struct value *out);
int metric_find(const char *path); /* "memory_stats.usage" to slot, -1 if there is none */
bool metric_find_saved(struct json_object *doc, int slot, struct value *out); /* the same in a document */
unsigned metric_needs(int slot);
const char *const *metric_names(void); /* NULL-terminated */
struct json_object *metrics_to_json(const struct usage *now, const struct usage *base);
struct json_object *metrics_read_networks(pid_t pid); /* as Docker's stats: {"eth0": {"rx_bytes": …}} */

/*
 * Docker's structs: follows `keys[0..n)` from a container document, corrects the case of struct keys in place
 * (strings of `arena`). False with *bad the offending index and *nearest a suggestion or NULL.
 */
bool params_check_path(struct arena *arena, struct value *keys, size_t n, size_t *bad, const char **nearest);

#endif
