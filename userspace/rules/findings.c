#include "rules/findings.h"
#include "base/json.h"
#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_add(struct findings *f, bool note, const char *file, const char *pointer, const char *text)
{
	size_t line = 0;

	/* the parser says where it gave up */
	if (sscanf(text, "line %zu, column ", &line) != 1)
		line = 0;
	f->items = mem_realloc(f->items, (f->count + 1) * sizeof(*f->items));
	f->items[f->count++] =
		(struct finding){note, mem_strdup(file), line, mem_strdup(pointer), mem_strdup(text)};
	f->problems += !note;
}

void findings_free(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->items[i].file);
		free(f->items[i].pointer);
		free(f->items[i].text);
	}
	free(f->items);
	*f = (struct findings){0};
}

void findings_locate(struct findings *f, size_t first, const char *text, size_t len)
{
	struct json_cursor c = json_cursor(text, len);

	for (size_t i = first; i < f->count; i++)
		f->items[i].line = json_line_next(&c, f->items[i].pointer);
}

void finding_put(const struct finding *f, struct buf *out)
{
	AUTO(buf_free) struct buf line = {0};

	buf_puts(&line, f->file);
	if (f->line)
		buf_printf(&line, ":%zu", f->line);
	buf_printf(&line, ": %s: %s%s", f->pointer, f->note ? "note: " : "", f->text);
	buf_escape(out, line.s, line.len);
}

void findings_put(const struct findings *f, bool notes, struct buf *out)
{
	for (size_t i = 0; i < f->count; i++) {
		if (f->items[i].note != notes)
			continue;
		finding_put(&f->items[i], out);
		buf_puts(out, "\n");
	}
}

long finding_rule(const struct finding *f)
{
	return *f->pointer && isdigit((unsigned char)f->pointer[1]) ? strtol(f->pointer + 1, NULL, 10) : -1;
}
