/* What triggers see: a verdict as a flat JSON object. */
#include "view/verdict.h"
#include "base/text.h"

#include <string.h>

static const char *const names[] = {
	"time",	   "id",	  "name",   "image",	"labels",	 "owner",
	"source",  "mode",	  "action", "enforced", "violated_rule", "violated_rules",
	"message", "description", "error",  "severity", "request",	 NULL};

static int resolve(const struct logic_binding *b, struct arena *arena, struct logic_path *path,
		   unsigned *needs, struct err *err)
{
	const char *nearest;

	(void)b;
	(void)arena;
	(void)needs;
	if (!path->len)
		return 0;
	for (const char *const *name = names; *name && path->keys[0].type == V_STRING; name++)
		if (!strcmp(*name, path->keys[0].s))
			return 0;
	nearest = path->keys[0].type == V_STRING ? str_nearest(path->keys[0].s, names) : NULL;
	return err_set(err, 0, "%.100s: a verdict has no such field%s%s%s",
		       path->keys[0].type == V_STRING ? path->keys[0].s : "a number",
		       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

const struct logic_binding *verdict_binding(void)
{
	static const struct logic_binding binding = {resolve, 0};

	return &binding;
}
