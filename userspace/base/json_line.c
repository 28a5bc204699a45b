/* Where in a text a JSON pointer leads. The text is a document that json_parse() took. */
#include "base/json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	const char *start, *p, *end;
};

static void skip_space(struct walk *w)
{
	while (w->p < w->end && strchr(" \t\r\n,:", *w->p))
		w->p++;
}

/* Of a string, its closing quote included. */
static void skip_string(struct walk *w)
{
	for (w->p++; w->p < w->end && *w->p != '"'; w->p++)
		if (*w->p == '\\' && w->p + 1 < w->end)
			w->p++;
	if (w->p < w->end)
		w->p++;
}

static void skip_value(struct walk *w)
{
	size_t depth = 0;

	skip_space(w);
	do {
		if (w->p >= w->end)
			return;
		if (*w->p == '"') {
			skip_string(w);
		} else if (strchr("{[", *w->p)) {
			depth++;
			w->p++;
		} else if (strchr("}]", *w->p)) {
			depth -= depth > 0;
			w->p++;
		} else {
			w->p += strcspn(w->p, " \t\r\n,:{}[]\"");
		}
		if (depth)
			skip_space(w);
	} while (depth);
}

/* Whether the key between quotes is the pointer's next step, which is `len` long. */
static bool is_step(const char *key, size_t key_len, const char *step, size_t len)
{
	size_t i = 0, k = 0;

	while (i < len && k < key_len) {
		char c = step[i++];

		if (c == '~' && i < len)
			c = step[i++] == '1' ? '/' : '~';
		if (c != key[k++])
			return false;
	}
	return i == len && k == key_len;
}

/* To the member's key; false where there is none of that name. */
static bool enter_object(struct walk *w, const char *step, size_t len)
{
	for (w->p++;; skip_value(w)) {
		const char *quote;

		skip_space(w);
		quote = w->p;
		if (w->p >= w->end || *w->p != '"')
			return false;
		skip_string(w);
		if (is_step(quote + 1, (size_t)(w->p - quote) - 2, step, len)) {
			w->start = quote;
			return true;
		}
	}
}

static bool enter_array(struct walk *w, const char *step)
{
	size_t n = strtoul(step, NULL, 10);

	for (w->p++; n; n--) {
		skip_space(w);
		if (w->p >= w->end || *w->p == ']')
			return false;
		skip_value(w);
	}
	skip_space(w);
	if (w->p >= w->end || *w->p == ']')
		return false;
	w->start = w->p;
	return true;
}

static size_t lines_between(const char *from, const char *to)
{
	size_t lines = 0;

	for (; from < to; from++)
		lines += *from == '\n';
	return lines;
}

/* In a list the cursor is at one of its elements: what comes after it is reached from there. */
static bool enter_from(struct walk *w, const char *step, struct json_cursor *c)
{
	size_t n = strtoul(step, NULL, 10);

	if (!c->p || n < c->index)
		*c = (struct json_cursor){c->text, c->len, w->p + 1, 0, 1 + lines_between(c->text, w->p)};
	for (w->p = c->p; c->index < n; c->index++) {
		skip_space(w);
		if (w->p >= w->end || *w->p == ']')
			return false;
		skip_value(w);
		c->line += lines_between(c->p, w->p);
		c->p = w->p;
	}
	skip_space(w);
	if (w->p >= w->end || *w->p == ']')
		return false;
	c->line += lines_between(c->p, w->p);
	c->p = w->start = w->p;
	return true;
}

size_t json_line_next(struct json_cursor *c, const char *pointer)
{
	struct walk w = {c->text, c->text, c->text + c->len};
	const char *from = c->text;
	size_t line = 1;

	skip_space(&w);
	w.start = w.p;
	for (bool first = true; *pointer == '/' && pointer[1] && w.p < w.end; first = false) {
		size_t step = strcspn(++pointer, "/");
		bool list = *w.p == '[';
		bool there =
			*w.p == '{' ? enter_object(&w, pointer, step)
				    : list && (first ? enter_from(&w, pointer, c) : enter_array(&w, pointer));

		if (!there)
			break;
		if (first && list) {
			from = c->p;
			line = c->line;
		}
		pointer += step;
		skip_space(&w);
	}
	return line + lines_between(from, w.start);
}

size_t json_line(const char *text, size_t len, const char *pointer)
{
	struct json_cursor c = json_cursor(text, len);

	return json_line_next(&c, pointer);
}

struct json_cursor json_cursor(const char *text, size_t len)
{
	return (struct json_cursor){.text = text, .len = len, .line = 1};
}
