/* What of a trigger is not for everybody who may read the status pages. */
#include "base/json.h"
#include "base/memory.h"
#include "base/transfer.h"
#include "enforce/triggers.h"

static void hide_webhook(struct json_object *webhook)
{
	struct json_object *headers = json_get(webhook, "headers");
	AUTO(free_charp) char *url = transfer_public_url(json_get_str(webhook, "url"));

	json_add_str(webhook, "url", url);
	if (!headers)
		return;
	json_object_object_foreach (headers, name, value) {
		(void)value;
		json_object_object_add(headers, name, json_object_new_string("(not shown)"));
	}
}

static void hide_arguments(struct json_object *trigger)
{
	struct json_object *exec = json_get(trigger, "exec"), *shown;
	size_t n = json_count(exec);

	if (n < 2)
		return;
	shown = json_object_new_array();
	json_object_array_add(shown, json_object_new_string(json_str_at(exec, 0)));
	json_object_array_add(shown, json_object_new_string("(arguments not shown)"));
	json_object_object_add(trigger, "exec", shown);
}

void triggers_hide_secrets(struct json_object *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *trigger = json_object_array_get_idx(list, i);

		if (json_get(trigger, "webhook"))
			hide_webhook(json_get(trigger, "webhook"));
		hide_arguments(trigger);
	}
}
