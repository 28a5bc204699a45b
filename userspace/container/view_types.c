/* The shapes of the views that leave nothing to spelling (see views_internal.h). */
#include "base/memory.h"
#include "container/views.h"

#include <string.h>

#define END                                                                                                  \
	{                                                                                                    \
		NULL, NULL                                                                                   \
	}

#define STRUCT(id, ...)                                                                                      \
	static const struct schema_field id##_fields[] = {__VA_ARGS__, END};                                 \
	static const struct schema id = {.kind = SCHEMA_STRUCT, .fields = id##_fields};                      \
	static const struct schema id##_list __attribute__((unused)) = {.kind = SCHEMA_LIST, .element = &id}

/* clang-format off */
static const struct schema text = {.kind = SCHEMA_STRING};
static const struct schema flag = {.kind = SCHEMA_BOOL};
static const struct schema number = {.kind = SCHEMA_INT};
static const struct schema texts = {.kind = SCHEMA_LIST, .element = &text};
static const struct schema any = {.kind = SCHEMA_ANY};

STRUCT(security, {"privileged", &flag}, {"no_new_privileges", &flag}, {"seccomp", &text}, {"apparmor", &text},
       {"label_disabled", &flag}, {"label_type", &text}, {"label_options", &texts},
       {"masked_paths_missing", &texts}, {"readonly_paths_missing", &texts}, {"writable_cgroups", &flag});
STRUCT(device, {"kind", &text}, {"path", &text}, {"resolved", &text}, {"target", &text}, {"permissions", &text},
       {"driver", &text}, {"count", &number}, {"ids", &texts}, {"capabilities", &any}, {"options", &any},
       {"rule", &text});
STRUCT(port, {"host_ip", &text}, {"all_addresses", &flag}, {"host_port", &number}, {"host_port_end", &number},
       {"container_port", &number}, {"protocol", &text});
#define NAMESPACES {"pid", &text}, {"ipc", &text}, {"net", &text}, {"uts", &text}, {"user", &text}, {"cgroup", &text}
STRUCT(effective, NAMESPACES);
STRUCT(namespaces, NAMESPACES, {"effective", &effective});
STRUCT(network, {"name", &text}, {"id", &text});
STRUCT(user, {"uid", &number}, {"gid", &number}, {"is_root", &flag});
STRUCT(healthcheck, {"effective", &flag});
STRUCT(mount, {"type", &text}, {"kind", &text}, {"source", &text}, {"resolved", &text}, {"actual", &text},
       {"target", &text}, {"subpath", &text}, {"propagation", &text}, {"read_only", &flag},
       {"engine", &flag});
/* clang-format on */

const struct schema *views_schema(const char *name)
{
	static const struct {
		const char *name;
		const struct schema *schema;
	} views[] = {
		{"security", &security},       {"devices", &device_list}, {"namespaces", &namespaces},
		{"networks", &network_list},   {"ports", &port_list},	  {"user", &user},
		{"healthcheck", &healthcheck}, {"mounts", &mount_list},
	};

	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		if (!strcmp(views[i].name, name))
			return views[i].schema;
	return NULL;
}
