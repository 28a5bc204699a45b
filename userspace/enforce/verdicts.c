/* What a verdict comes to. */
#include "enforce/judge.h"

#include <stdlib.h>

const struct violation *verdict_strongest(const struct verdict *v)
{
	const struct violation *found = NULL;

	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].enforce && (!found || action_strength(v->items[i].rule->action) >
							      action_strength(found->rule->action)))
			found = &v->items[i];
	return found;
}

const struct violation *verdict_leading(const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].enforce)
			return &v->items[i];
	return &v->items[0];
}

void verdict_free(struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++) {
		free(v->items[i].error);
		free(v->items[i].message);
	}
	free(v->items);
	free(v->exempted);
	*v = (struct verdict){0};
}
