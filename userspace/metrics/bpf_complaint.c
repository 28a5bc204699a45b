/* What libbpf complains of, so that who asks why BPF did not load is told the line that says it. */
#include "bpf_internal.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char heard[384];

/* The verifier's log ends with what it did not like, and a line of statistics. */
static const char *last_words(const char *begin, size_t *len)
{
	const char *log = begin + strcspn(begin, "\n"), *end = strstr(log, "\nprocessed "), *line;

	if (!end)
		end = strstr(log, "\n-- END");
	if (!end || end == log)
		return NULL;
	for (line = end; line[-1] != '\n';)
		line--;
	*len = (size_t)(end - line);
	return line;
}

void complaint_add(char *out, size_t size, const char *text)
{
	const char *line = text + (str_starts_with(text, "libbpf: ") ? strlen("libbpf: ") : 0);
	size_t len = strcspn(line, "\n"), used = strlen(out);

	if (strstr(line, "-- BEGIN PROG LOAD LOG"))
		line = last_words(line, &len);
	else if (used && strstr(line, "failed to load"))
		line = NULL; /* what failed with it: the program, the object, the skeleton */
	if (line && len)
		snprintf(out + used, size - used, "%s%.*s", used ? "; " : "", (int)len, line);
}

static int hear(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	AUTO(free_charp) char *text = NULL;

	if (level == LIBBPF_DEBUG || vasprintf(&text, fmt, ap) < 0)
		return 0;
	log_debug("%s", text);
	if (level == LIBBPF_WARN)
		complaint_add(heard, sizeof(heard), text);
	return 0;
}

void complaint_listen(void)
{
	*heard = 0;
	libbpf_set_print(hear);
}

int complaint_err(struct err *err, const char *what)
{
	int saved = errno;

	return err_set(err, saved, "%s: %s%s%s", what, strerror(saved), *heard ? ": libbpf: " : "", heard);
}
