/* unit - what the unit tests share: cmocka's includes in their order, and JSON from single-quoted text. */
#ifndef DE_TESTS_UNIT_H
#define DE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/memory.h"

/* 'a' for "a", so that JSON can be read in C source. New reference. */
static inline struct json_object *json_of(const char *text)
{
	AUTO(free_charp) char *copy = mem_strdup(text);
	struct json_object *j;
	struct err err = {0};

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (json_parse(copy, strlen(copy), &j, &err))
		fail_msg("%s: %s", text, err.msg);
	return j;
}

#define assert_contains(text, part)                                                                          \
	do {                                                                                                 \
		if (!strstr(text, part))                                                                     \
			fail_msg("\"%s\" does not contain \"%s\"", text, part);                              \
	} while (0)

#endif
