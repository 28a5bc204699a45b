/*
 * str - growing strings, bump allocation and cleanup helpers. Used by every module; no thread of its own.
 *
 * Memory that runs out ends the process (mem_*): a daemon of this size cannot do anything sensible then,
 * and its supervisor restarts it. Nothing here is shared between threads unless its owner says so.
 */
#ifndef DE_BASE_STR_H
#define DE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUTO(fn)     __attribute__((cleanup(fn)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

void *mem_calloc(size_t n, size_t size);
void *mem_realloc(void *p, size_t size);
char *mem_strdup(const char *s);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Cleanup attributes: AUTO(free_charp) char *s = ...; AUTO(close_fdp) int fd = ... */
void free_charp(char **p);
void close_fdp(int *fd);

/* A string that grows. Always NUL-terminated once written to; may hold NULs. Owner calls buf_free(). */
struct buf {
	char *s;
	size_t len, cap;
};

void buf_add(struct buf *b, const char *s, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *b);

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

/* Length of a well-formed UTF-8 sequence at `s` (RFC 3629: no surrogates, nothing overlong), 0 if it is none.
 */
size_t str_utf8_len(const char *s, const char *end);

bool str_starts_with(const char *s, const char *prefix);

/*
 * The candidate nearest to `word` by edit distance ignoring case, or NULL if none is near enough to be worth
 * suggesting. `candidates` ends with NULL.
 */
const char *str_nearest(const char *word, const char *const *candidates);

/* "512MiB", "1.5g", "100" to bytes. Suffixes as Docker's units (k, m, g, t, p; 1024), with optional iB or b.
 */
bool str_parse_bytes(const char *s, size_t len, uint64_t *out);

/* "30s", "1h30m", "250ms" (Go's time.ParseDuration without signs) to nanoseconds. */
bool str_parse_duration(const char *s, size_t len, uint64_t *out);

/*
 * Path without ".", ".." and double slashes, as Go's path.Clean would have it for an absolute path. `out`
 * needs strlen(path) + 2 bytes.
 */
void str_clean_path(const char *path, char *out);

#endif
