/*
 * memory - allocation, cleanup attributes and bump allocation. Used by every module; no thread of its own.
 *
 * Memory that runs out ends the process (mem_*): a daemon of this size cannot do anything sensible then,
 * and its supervisor restarts it. Nothing here is shared between threads unless its owner says so.
 */
#ifndef DE_BASE_MEMORY_H
#define DE_BASE_MEMORY_H

#include <stddef.h>
#include <stdio.h>

#define AUTO(fn)     __attribute__((cleanup(fn)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Says that there is no memory left, and ends the process. */
__attribute__((noreturn)) void mem_fail(void);

void *mem_calloc(size_t n, size_t size);
void *mem_realloc(void *p, size_t size);
char *mem_strdup(const char *s);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Cleanup attributes: AUTO(free_charp) char *s = ...; AUTO(close_fdp) int fd = ... */
void free_charp(char **p);
void close_fdp(int *fd);
void close_filep(FILE **f);

/*
 * A bump allocator: everything in it is freed at once. The first `ARENA_INLINE` bytes need no malloc, so
 * evaluating an ordinary rule allocates nothing.
 */
#define ARENA_INLINE 4096
struct arena_chunk;
struct arena {
	struct arena_chunk *chunks;
	size_t used, total; /* total: bytes handed out, for limits */
	_Alignas(16) char first[ARENA_INLINE];
};

void arena_init(struct arena *a);
void *arena_alloc(struct arena *a, size_t size); /* zeroed, 16-byte aligned */
char *arena_strndup(struct arena *a, const char *s, size_t len);
void arena_reset(struct arena *a); /* frees the chunks; the arena can be used again */

#endif
