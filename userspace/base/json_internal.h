/*
 * What json_scan.c and json_unescape.c share.
 */
#ifndef DE_BASE_JSON_INTERNAL_H
#define DE_BASE_JSON_INTERNAL_H

#include "base/json.h"
#include "base/text.h"

/* A string between its quotes, as it is written. */
struct span {
	const char *s;
	size_t len;
};

/* Appends the text of a string that the scanner has found to be well formed. */
void json_unescape(struct span span, struct buf *out);

#endif
