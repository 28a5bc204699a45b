/*
 * text - growing strings, and what is read from text: sizes, durations, paths, UTF-8. Used by every module;
 * pure.
 */
#ifndef DE_BASE_TEXT_H
#define DE_BASE_TEXT_H

#include "base/memory.h" /* AUTO(buf_free) */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A string that grows. Always NUL-terminated once written to; may hold NULs. Owner calls buf_free(). */
struct buf {
	char *s;
	size_t len, cap;
};

void buf_add(struct buf *b, const char *s, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *b);

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
