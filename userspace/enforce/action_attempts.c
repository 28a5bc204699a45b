/* The attempts that MAX_ACTIONS_PER_MINUTE bounds, kept so that a restart does not begin the minute anew. */
#include "action_queue_internal.h"
#include "base/clock.h"
#include "base/json.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT "attempts"

static const char *boot_id(char out[64])
{
	AUTO(close_fdp) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, 63);

	out[n > 0 ? n : 0] = 0;
	out[strcspn(out, "\n")] = 0;
	return out;
}

void attempts_keep(struct state *s, uint64_t version, const uint64_t *at_ns, size_t n)
{
	AUTO(json_putp) struct json_object *j = json_object_new_object();
	struct json_object *list = json_object_new_array();
	char boot[64];

	json_add_str(j, "boot", boot_id(boot));
	json_object_object_add(j, "monotonic_ns", list);
	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, json_object_new_uint64(at_ns[i]));
	state_keep(s, KEPT, version, json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN));
}

size_t attempts_recall(struct state *s, uint64_t **out)
{
	AUTO(free_charp) char *text = state_read(s, KEPT);
	AUTO(json_putp) struct json_object *j = NULL;
	struct json_object *list;
	uint64_t now = clock_monotonic_ns();
	size_t n = 0;
	char boot[64];
	struct err err;

	*out = NULL;
	if (!text || json_parse(text, strlen(text), &j, &err) ||
	    strcmp(json_get_str(j, "boot"), boot_id(boot)) != 0)
		return 0;
	list = json_get(j, "monotonic_ns");
	*out = mem_calloc(json_count(list) + 1, sizeof(**out));
	for (size_t i = 0; i < json_count(list); i++) {
		uint64_t at = json_object_get_uint64(json_object_array_get_idx(list, i));

		if (at && at <= now)
			(*out)[n++] = at;
	}
	return n;
}
