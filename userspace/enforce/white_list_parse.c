/*
 * Where an entry of a white list ends, and which rule it is for. Commas and bars are part of regular
 * expressions too, and rules may have any in their names: so an expression is what PCRE2 takes for a whole
 * one, and a rule's name is one that there is.
 */
#include "base/text.h"
#include "enforce/judge.h"
#include "white_list_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPACES " \t\r\n"

static bool is_whole(const char *s, size_t len)
{
	struct err err;
	struct pattern *p = pattern_compile(s, len, true, &err);

	pattern_free(p);
	return p != NULL;
}

/* Of "{1,3}", whose "{1" is taken for a whole expression. */
static bool is_quantifiers(const char *start, const char *comma)
{
	static const char within[] = "0123456789 ";
	const char *p = comma;

	while (p > start && strchr(within, p[-1]))
		p--;
	return p > start && p[-1] == '{' && comma[1 + strspn(comma + 1, within)] == '}';
}

/* The comma or the end that follows; NULL: something else does. */
static const char *find_separator(const char *s)
{
	s += strspn(s, SPACES);
	return !*s || *s == ',' ? s : NULL;
}

static bool ends_expression(const char *start, const char *p)
{
	const char *separator = find_separator(p);

	return separator && !(*separator && is_quantifiers(start, separator)) &&
	       is_whole(start, (size_t)(p - start));
}

/* ---- the rule ---- */

static size_t longer(size_t longest, const char *s, const char *name)
{
	size_t len = strlen(name);

	return len > longest && !strncmp(s, name, len) && find_separator(s + len) ? len : longest;
}

/* The length of the name that is all of the entry from `s` on; the longest, for it may hold commas. 0: there
 * is none.
 */
static size_t find_rule_name(const char *s, const struct rule_list *rules)
{
	size_t longest = longer(0, s, RULE_UNREADABLE);

	for (size_t i = 0; i < rules->count; i++)
		longest = longer(longest, s, rules->items[i].name);
	return longest;
}

/* The last bar outside of brackets; NULL: there is none. */
static const char *find_bar(const struct white_list_text *t)
{
	const char *bar = t->pattern + t->pattern_len;

	while (bar-- > t->pattern)
		if (*bar == '|' && is_whole(t->pattern, (size_t)(bar - t->pattern)))
			return bar;
	return NULL;
}

static const char *nearest_rule(const char *name, const struct rule_list *rules)
{
	const char **names = mem_calloc(rules->count + 1, sizeof(*names)), *found;

	for (size_t i = 0; i < rules->count; i++)
		names[i] = rules->items[i].name;
	found = str_nearest(name, names);
	free(names);
	return found;
}

static int no_such_rule(const struct white_list_text *t, const char *bar, const struct rule_list *rules,
			struct err *err)
{
	const char *after = bar + 1 + strspn(bar + 1, SPACES);
	AUTO(free_charp) char *name = mem_printf("%.*s", (int)(t->pattern + t->pattern_len - after), after);
	const char *nearest = nearest_rule(name, rules);

	return err_set(
		err, EINVAL,
		"\"%.*s\": no rule on containers is called \"%.200s\"%s%.200s%s; behind | is the name of the "
		"rule that is meant (one of several names is written (a|b))",
		(int)t->pattern_len, t->pattern, name, nearest ? ", did you mean \"" : "",
		nearest ? nearest : "", nearest ? "\"?" : "");
}

/* ---- an entry ---- */

/* Finds where it ends, and its rule; moves *s there. False: it ends nowhere as an expression does. */
static bool find_end(const char **s, const struct rule_list *rules, struct white_list_text *t)
{
	for (const char *p = *s;; p++) {
		size_t len = (size_t)(p - *s), name_len = 0;
		const char *name = p + 1;

		if (*p == '|' && is_whole(*s, len)) {
			name += strspn(name, SPACES);
			name_len = find_rule_name(name, rules);
		}
		if (name_len || ends_expression(*s, p)) {
			*t = (struct white_list_text){*s, name_len ? name : NULL, len, name_len};
			*s = find_separator(name_len ? name + name_len : p);
			return true;
		}
		if (!*p)
			return false;
	}
}

static int no_expression(const char *s, struct err *err)
{
	struct pattern *p = pattern_compile(s, strlen(s), true, err);

	pattern_free(p);
	return err_wrap(err, "\"%.200s\" is neither a name nor a regular expression", s);
}

static int check(const struct white_list_text *t, const struct rule_list *rules, struct err *err)
{
	const char *bar = t->rule ? NULL : find_bar(t);

	if (!t->pattern_len)
		return err_set(err, EINVAL, "\"|%.*s\": nothing is named before the |", (int)t->rule_len,
			       t->rule);
	/* what PCRE2 takes literally behind it cannot be told from what ends an entry */
	if (memmem(t->pattern, t->pattern_len, "\\Q", 2))
		return err_set(err, EINVAL,
			       "\"%.*s\": \\Q is not for white lists; put a \\ before each character",
			       (int)t->pattern_len, t->pattern);
	return bar ? no_such_rule(t, bar, rules, err) : 0;
}

int white_list_next(const char **s, const struct rule_list *rules, struct white_list_text *out,
		    struct err *err)
{
	*s += strspn(*s, SPACES ",");
	if (!**s)
		return 0;
	if (!find_end(s, rules, out))
		return no_expression(*s, err);
	return check(out, rules, err) ? -1 : 1;
}
