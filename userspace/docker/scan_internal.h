/*
 * scan - JSON text looked through without making a document of it: for answers that are, or may be, too large
 * for one. Pure.
 */
#ifndef DE_DOCKER_SCAN_INTERNAL_H
#define DE_DOCKER_SCAN_INTERNAL_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Where in a value the text is. */
struct scan_state {
	unsigned depth; /* of objects and arrays that are open */
	bool in_string, escaped;
};

/* The next byte. */
void scan_byte(struct scan_state *s, char c);

/* The elements of an array of objects, one after the other. */
struct scan_list {
	struct scan_state state;
	struct buf element;
	bool begun, ended, broken; /* broken: it is no array of objects */
	bool cut;		   /* the element is longer than SCAN_ELEMENT_MAX */
	void (*found)(void *arg, const char *text, size_t len, bool cut);
	void *arg;
};

#define SCAN_ELEMENT_MAX (16U << 20)

/* More of the text; false as soon as it is broken. */
bool scan_list_add(struct scan_list *s, const char *text, size_t len);

/* The text of a member of the object that `text` begins, if it is there as a whole; *len of it. NULL: not. */
const char *scan_member(const char *text, size_t size, const char *key, size_t *len);

#endif
