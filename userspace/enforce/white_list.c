#include "white_list_internal.h"
#include "base/log.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct white_list_entry {
	struct pattern *pattern;
	char *text;
	char *rule; /* NULL: all rules */
	bool image; /* matched against the image instead of the name */
	atomic_bool said;
};

static int add_entry(struct white_list *list, char *text, bool image, struct err *err)
{
	char *rule = strrchr(text, '|');
	struct pattern *pattern;

	/* a|b inside brackets is the regular expression's own: the rule's name follows the last | */
	if (rule && strchr(rule, ')'))
		rule = NULL;
	if (rule)
		*rule++ = 0;
	pattern = pattern_compile(text, strlen(text), true, err);
	if (!pattern)
		return err_wrap(err, "\"%.200s\" is neither a name nor a regular expression", text);
	list->items = mem_realloc(list->items, (list->count + 1) * sizeof(*list->items));
	list->items[list->count++] = (struct white_list_entry){.pattern = pattern,
							       .text = mem_strdup(text),
							       .rule = rule ? mem_strdup(rule) : NULL,
							       .image = image};
	return 0;
}

int white_list_add(struct white_list *list, const char *option, const char *value, bool image,
		   struct err *err)
{
	AUTO(free_charp) char *copy = mem_strdup(value);
	char *rest = copy, *entry;

	while ((entry = strsep(&rest, ","))) {
		entry += strspn(entry, " ");
		if (*entry && add_entry(list, entry, image, err))
			return err_wrap(err, "%s", option);
	}
	return 0;
}

static bool matches(struct white_list_entry *e, struct logic_ctx *ctx, const char *text, size_t *work)
{
	enum match m = MATCH_TOO_COSTLY;

	if (*work <= LOGIC_MAX_STEPS && !(ctx->is_late && ctx->is_late(ctx->late_arg)))
		m = pattern_match(e->pattern, &ctx->matcher, text, strlen(text), work);
	if (m == MATCH_TOO_COSTLY && !atomic_exchange(&e->said, true))
		log_warning("white list entry \"%s\" takes too long to match \"%.100s\"; it exempts nothing "
			    "there, make it "
			    "simpler",
			    e->text, text);
	return m == MATCH_YES;
}

bool white_list_exempts(const struct white_list *list, struct logic_ctx *ctx, const char *name,
			const char *image, const char *rule)
{
	size_t work = 0;

	name += *name == '/';
	for (size_t i = 0; i < list->count; i++) {
		struct white_list_entry *e = &list->items[i];

		if ((!e->rule || !strcmp(e->rule, rule)) && matches(e, ctx, e->image ? image : name, &work))
			return true;
	}
	return false;
}

void white_list_free(struct white_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		pattern_free(list->items[i].pattern);
		free(list->items[i].text);
		free(list->items[i].rule);
	}
	free(list->items);
	*list = (struct white_list){0};
}

const char *white_list_rule(const struct white_list *list, size_t i)
{
	return i < list->count && list->items[i].rule ? list->items[i].rule : NULL;
}
