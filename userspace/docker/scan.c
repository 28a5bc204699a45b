#include "scan_internal.h"

#include <ctype.h>
#include <string.h>

void scan_byte(struct scan_state *s, char c)
{
	if (s->in_string) {
		if (s->escaped)
			s->escaped = false;
		else if (c == '\\')
			s->escaped = true;
		else
			s->in_string = c != '"';
	} else if (c == '"') {
		s->in_string = true;
	} else if (c == '{' || c == '[') {
		s->depth++;
	} else if ((c == '}' || c == ']') && s->depth) {
		s->depth--;
	}
}

/* ---- lists ---- */

static void end_element(struct scan_list *s)
{
	s->found(s->arg, s->element.s, s->element.len, s->cut);
	s->element.len = 0;
	s->cut = false;
}

/* A byte between the elements. */
static void add_between(struct scan_list *s, char c)
{
	if (isspace((unsigned char)c))
		return;
	if (!s->begun)
		s->broken = c != '[';
	else
		s->broken = s->ended || !strchr("{,]", c);
	s->begun = true;
	scan_byte(&s->state, c);
	s->ended = !s->state.depth;
	if (c == '{')
		buf_add(&s->element, &c, 1);
}

static void add_byte(struct scan_list *s, char c)
{
	if (s->state.depth < 2) {
		add_between(s, c);
		return;
	}
	scan_byte(&s->state, c);
	if (s->element.len < SCAN_ELEMENT_MAX)
		buf_add(&s->element, &c, 1);
	else
		s->cut = true;
	if (s->state.depth < 2)
		end_element(s);
}

/* What is within a string, up to its end or what has a meaning there, needs no look byte by byte. */
static size_t plain_length(const struct scan_list *s, const char *text, size_t len)
{
	size_t n = 0;

	if (s->state.depth < 2 || !s->state.in_string || s->state.escaped)
		return 0;
	while (n < len && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

bool scan_list_add(struct scan_list *s, const char *text, size_t len)
{
	for (size_t i = 0; i < len && !s->broken;) {
		size_t n = plain_length(s, text + i, len - i);
		size_t room = SCAN_ELEMENT_MAX - s->element.len;

		if (n) {
			buf_add(&s->element, text + i, n < room ? n : room);
			s->cut = s->cut || n > room;
			i += n;
		} else {
			add_byte(s, text[i++]);
		}
	}
	return !s->broken;
}

/* ---- members ---- */

/* Past the value that begins at `from`, whatever it is; `size` if it does not end before. */
static size_t end_of_value(const char *text, size_t size, size_t from)
{
	struct scan_state s = {0};
	size_t i = from;

	while (i < size && (s.depth || s.in_string || !strchr(",}]", text[i]))) {
		scan_byte(&s, text[i]);
		i++;
	}
	return i;
}

static size_t skip(const char *text, size_t size, size_t i, const char *what)
{
	while (i < size && text[i] && strchr(what, text[i]))
		i++;
	return i;
}

#define SPACES " \t\r\n"

const char *scan_member(const char *text, size_t size, const char *key, size_t *len)
{
	size_t i = skip(text, size, 0, SPACES "{"), n = strlen(key);

	while (i < size && text[i] == '"') {
		bool found = size - i > n + 2 && !memcmp(text + i + 1, key, n) && text[i + 1 + n] == '"';
		size_t from, to;

		/* the key is a string: its end is the colon behind it */
		struct scan_state s = {0};
		do
			scan_byte(&s, text[i++]);
		while (i < size && s.in_string);
		from = skip(text, size, i, SPACES ":");
		to = end_of_value(text, size, from);
		if (to >= size)
			return NULL;
		if (found) {
			*len = to - from;
			return text + from;
		}
		i = skip(text, size, to, SPACES ",");
	}
	return NULL;
}
