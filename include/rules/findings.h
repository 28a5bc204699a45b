/*
 * findings - what is found in rule files: problems, for which they are refused, and notes on what is legal
 * but good to know. For those who read rule files and those who show it. Not shared between threads.
 */
#ifndef DE_RULES_FINDINGS_H
#define DE_RULES_FINDINGS_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct finding {
	bool note;
	char *file;
	size_t line;   /* from 1; 0: not known */
	char *pointer; /* JSON pointer into the file; "/": the file itself */
	char *text;
};

/* In the order in which they were found. Starts as {0}. */
struct findings {
	struct finding *items;
	size_t count, problems; /* of all, and of those that are no notes */
};

/* The texts are copied; they may hold anything. */
void findings_add(struct findings *f, bool note, const char *file, const char *pointer, const char *text);
void findings_free(struct findings *f);

/* Gives lines to the findings from the `first` on, all of the file of that text. */
void findings_locate(struct findings *f, size_t first, const char *text, size_t len);

/* "file:line: /pointer: text", in one line, escaped for people. */
void finding_put(const struct finding *f, struct buf *out);

/* All problems, or all notes, a line each with its line break. */
void findings_put(const struct findings *f, bool notes, struct buf *out);

/* The rule that it is about, by its place in the file; -1: it is about no rule. */
long finding_rule(const struct finding *f);

#endif
