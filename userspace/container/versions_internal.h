/*
 * versions - what becomes of a request by the version of dockerd, and by the API version that its client
 * asked for: the one place that knows. tests/differential holds it against real engines. Pure, but for the
 * masked paths, which depend on the host's processors.
 */
#ifndef DE_CONTAINER_VERSIONS_INTERNAL_H
#define DE_CONTAINER_VERSIONS_INTERNAL_H

#include "create_internal.h"

/* What a daemon does or does not, whatever its client asked for. */
enum version_trait {
	TRAIT_TOP_LEVEL,	  /* HostConfig's fields count at the top level of the body too */
	TRAIT_NAMED_RESTART,	  /* no restart policy is stored as "no" */
	TRAIT_PRIVILEGED_SECCOMP, /* a privileged container may have a seccomp profile */
	TRAIT_NAMED_BRIDGE,	  /* the default network is stored as "bridge" */
};

/* One that is not known is taken for Engine 20.10 (API 1.41). */
bool versions_has(const struct docker_facts *daemon, enum version_trait trait);

/* The API version that dockerd takes a request for, 141 for 1.41. */
unsigned versions_of_request(const struct create_request *request, const struct docker_facts *daemon);

/* Changes m->host, m->config and m->endpoints as dockerd does before it looks at them. */
void versions_adapt(struct creation *m);

/* The default MaskedPaths and ReadonlyPaths; new references. */
struct json_object *versions_masked_paths(const struct docker_facts *daemon);
struct json_object *versions_readonly_paths(void);

#endif
