/* What the kernel has mounted of what was asked for, and whether links lead elsewhere by now. */
#include "actual_internal.h"
#include "base/json.h"
#include "container/hostpath.h"
#include "container_internal.h"

#include <string.h>

static const char *expected_of(struct json_object *m)
{
	const char *resolved = json_get_str(m, "resolved");

	return *resolved == '/' ? resolved : NULL;
}

/* A bind is judged by it: where its source led at the start is past. */
static void set_actual(struct json_object *m, const char *actual)
{
	if (!actual)
		return;
	json_add_str(m, "actual", actual);
	if (!strcmp(json_get_str(m, "type"), "bind"))
		json_add_str(m, "resolved", actual);
}

/* What the image's links have moved is looked for when the others are found. */
static void add_left(struct json_object *list, struct actual *a)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *m = json_object_array_get_idx(list, i);
		AUTO(free_charp) char *source = NULL;

		if (json_get(m, "actual") || !expected_of(m))
			continue;
		source = actual_find_left(a, json_get_str(m, "target"), expected_of(m));
		set_actual(m, source);
	}
}

void mounts_add_actual(struct json_object *list, pid_t pid, const char *id)
{
	struct actual *a = actual_read(pid, id);

	if (!a)
		return;
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *m = json_object_array_get_idx(list, i);
		AUTO(free_charp)
		char *source = actual_find_at(a, json_get_str(m, "target"), expected_of(m));

		set_actual(m, source);
	}
	add_left(list, a);
	actual_free(a);
}

bool mounts_moved(struct value list)
{
	for (size_t i = 0; i < value_len(list); i++) {
		struct value m = value_at(list, i), source, resolved, actual;
		struct err err;

		if (value_get(m, "actual", 6, &actual) && actual.type == V_STRING)
			continue;

		if (!value_get(m, "source", 6, &source) || !value_get(m, "resolved", 8, &resolved) ||
		    source.type != V_STRING || resolved.type != V_STRING || source.s[0] != '/')
			continue;
		AUTO(free_charp) char *now = hostpath_resolve(source.s, &err);
		/* what cannot be seen stands in `resolved` as it is written */
		if (strcmp(now ? now : source.s, resolved.s) != 0)
			return true;
	}
	return false;
}
