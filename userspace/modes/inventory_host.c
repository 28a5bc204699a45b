/* The host as rules see it. */
#include "base/json.h"
#include "inventory_internal.h"
#include "metrics/host.h"
#include "rules/needs.h"

struct json_object *inventory_read_host(struct inventory *inv, unsigned needs)
{
	struct docker_facts facts;
	struct json_object *host;

	if (!(needs & NEED_HOST) || docker_is_remote(inv->docker))
		return NULL;
	facts = docker_known_facts(inv->docker);
	host = host_read(inv->host, facts.root_dir);
	json_add_int(host, "containers", (int64_t)inventory_count(inv));
	return host;
}
