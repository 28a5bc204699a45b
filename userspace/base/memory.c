#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void mem_fail(void)
{
	fputs("docker-enforcer: out of memory; ending, the service manager restarts it\n", stderr);
	abort();
}

static void *check_alloc(void *p)
{
	if (!p)
		mem_fail();
	return p;
}

void *mem_calloc(size_t n, size_t size)
{
	return check_alloc(calloc(n ? n : 1, size ? size : 1));
}

void *mem_realloc(void *p, size_t size)
{
	return check_alloc(realloc(p, size ? size : 1));
}

char *mem_strdup(const char *s)
{
	return check_alloc(strdup(s));
}

char *mem_printf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return check_alloc(s);
}

void free_charp(char **p)
{
	free(*p);
}

void close_fdp(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void close_filep(FILE **f)
{
	if (*f)
		fclose(*f);
}

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, cap;
	_Alignas(16) char data[];
};

void arena_init(struct arena *a)
{
	a->chunks = NULL;
	a->used = a->total = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	char *p;

	size = (size + 15) & ~(size_t)15;
	a->total += size;
	if (a->used + size <= sizeof(a->first)) {
		p = a->first + a->used;
		a->used += size;
	} else {
		struct arena_chunk *c = a->chunks;

		if (!c || c->used + size > c->cap) {
			size_t cap = size > 16384 ? size : 16384;

			c = mem_calloc(1, sizeof(*c) + cap);
			c->cap = cap;
			c->next = a->chunks;
			a->chunks = c;
		}
		p = c->data + c->used;
		c->used += size;
	}
	return memset(p, 0, size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (len)
		memcpy(copy, s, len);
	return copy;
}

void arena_reset(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	a->used = a->total = 0;
}
