#include "white_list_internal.h"
#include "base/log.h"
#include "base/text.h"
#include "container/image.h"
#include "rules/needs.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

struct white_list_entry {
	struct pattern *pattern; /* NULL: it is a name */
	char *name;		 /* of an image: normalized */
	char *text;
	char *rule; /* NULL: all rules */
	bool image; /* matched against the image instead of the name */
	atomic_bool said;
};

/* ---- adding ---- */

/* Whether nothing in it says that it is an expression: a dot is then a dot. */
static bool is_name(const char *text, bool image)
{
	return !text[strspn(text, image ? LETTERS DIGITS "_.-/:@" : LETTERS DIGITS "_.-")];
}

static int read_image(struct white_list_entry *e, struct err *err)
{
	if (strlen(e->text) >= 12 && !e->text[strspn(e->text, DIGITS "abcdef")] && strlen(e->text) != 64)
		return err_set(err, EINVAL,
			       "\"%.200s\": looks like a part of an image's id; write all 64 digits of it",
			       e->text);
	e->name = image_normalize(e->text);
	return e->name ? 0 : err_set(err, EINVAL, "\"%.200s\": no image can have that name", e->text);
}

static int read_pattern(struct white_list_entry *e, struct err *err)
{
	if (is_name(e->text, e->image)) {
		e->name = e->image ? NULL : mem_strdup(e->text);
		return e->image ? read_image(e, err) : 0;
	}
	e->pattern = pattern_compile(e->text, strlen(e->text), true, err);
	return e->pattern ? 0 : -1;
}

static int add_entry(struct white_list *list, const struct white_list_text *t, bool image, struct err *err)
{
	struct white_list_entry *e;

	list->items = mem_realloc(list->items, (list->count + 1) * sizeof(*list->items));
	e = &list->items[list->count++];
	*e = (struct white_list_entry){.text = mem_printf("%.*s", (int)t->pattern_len, t->pattern),
				       .rule = t->rule ? mem_printf("%.*s", (int)t->rule_len, t->rule) : NULL,
				       .image = image};
	return read_pattern(e, err);
}

int white_list_add(struct white_list *list, const char *option, const char *value, bool image,
		   const struct rule_list *rules, struct err *err)
{
	struct white_list_text text;
	int r;

	while ((r = white_list_next(&value, rules, &text, err)) == 1)
		if (add_entry(list, &text, image, err))
			return err_wrap(err, "%s", option);
	return r ? err_wrap(err, "%s", option) : 0;
}

void white_list_free(struct white_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		pattern_free(list->items[i].pattern);
		free(list->items[i].name);
		free(list->items[i].text);
		free(list->items[i].rule);
	}
	free(list->items);
	*list = (struct white_list){0};
}

unsigned white_list_needs(const struct white_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].image && strstr(list->items[i].text, "sha256:"))
			return NEED_IMAGE;
	return 0;
}

/* ---- matching ---- */

/* What a container is held against. */
struct candidate {
	const char *name, *rule;
	const char *image;    /* that was asked for, normalized; NULL: it is not known */
	const char *image_id; /* NULL: not known */
	struct value digests; /* of the image, by which registries know it */
	size_t *work;	      /* of all entries together */
};

static bool matches(struct white_list_entry *e, struct logic_ctx *ctx, const char *text, size_t len,
		    size_t *work)
{
	enum match m = MATCH_TOO_COSTLY;

	if (*work <= LOGIC_MAX_STEPS && !(ctx->is_late && ctx->is_late(ctx->late_arg)))
		m = pattern_match(e->pattern, &ctx->matcher, text, len, work);
	if (m == MATCH_TOO_COSTLY && !atomic_exchange(&e->said, true))
		log_warning("white list entry \"%s\" takes too long to match \"%.100s\"; it exempts nothing "
			    "there, make it simpler",
			    e->text, text);
	return m == MATCH_YES;
}

/* Whole and as people write it, each also without the tag that goes without saying. */
static bool matches_image(struct white_list_entry *e, struct logic_ctx *ctx, const char *image, size_t *work)
{
	static const char tag[] = ":latest";
	const char *forms[] = {image, image_familiar(image)};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		size_t len = strlen(forms[i]), bare = len - strlen(tag);

		if (matches(e, ctx, forms[i], len, work))
			return true;
		if (len > strlen(tag) && !strcmp(forms[i] + bare, tag) &&
		    matches(e, ctx, forms[i], bare, work))
			return true;
	}
	return false;
}

static bool is_text(struct value v, const char *text)
{
	return v.type == V_STRING && !strcmp(v.s, text);
}

/* An id and a digest say what an image is, whatever it was asked for as. */
static bool is_that_image(const char *name, const struct candidate *c)
{
	if ((c->image && !strcmp(name, c->image)) || (c->image_id && !strcmp(name, c->image_id)))
		return true;
	for (size_t i = 0; value_is_array(c->digests) && i < value_len(c->digests); i++)
		if (is_text(value_at(c->digests, i), name))
			return true;
	return false;
}

static bool exempts(struct white_list_entry *e, struct logic_ctx *ctx, const struct candidate *c)
{
	const char *text = e->image ? c->image : c->name;

	if (e->rule && strcmp(e->rule, c->rule) != 0)
		return false;
	if (e->name)
		return e->image ? is_that_image(e->name, c) : !strcmp(e->name, text);
	if (!text)
		return false;
	return e->image ? matches_image(e, ctx, text, c->work) : matches(e, ctx, text, strlen(text), c->work);
}

bool white_list_exempts(const struct white_list *list, struct logic_ctx *ctx, const struct container *c,
			const char *rule)
{
	AUTO(free_charp) char *image = image_normalize(c->image_asked);
	size_t work = 0;
	const struct candidate candidate = {
		c->name + (*c->name == '/'), rule, image, image_id(c), c->image_digests, &work};

	for (size_t i = 0; i < list->count; i++)
		if (exempts(&list->items[i], ctx, &candidate))
			return true;
	return false;
}
