/*
 * text - growing strings, and what is read from text: sizes, durations, paths, UTF-8. Used by every module;
 * pure.
 */
#ifndef DE_BASE_TEXT_H
#define DE_BASE_TEXT_H

#include "base/memory.h" /* AUTO(buf_free) */

#include <stdarg.h>
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

/*
 * For people: one line, and nothing in it that a terminal obeys or that shows other text otherwise. Control
 * characters, line separators, bidirectional and other invisible marks become \u001b (surrogates as in JSON),
 * bytes that are not UTF-8 \xff; all else stays as it is, U+200C and U+200D too, by which words are spelt. A
 * backslash is doubled only where what follows could be taken for such an escape, so that paths and regular
 * expressions stay readable and the text can still be had back.
 */
void buf_escape(struct buf *b, const char *s, size_t len);

/* One step further in a JSON pointer (RFC 6901: "~" and "/" in a key are escaped). */
void buf_add_pointer(struct buf *b, const char *key);

/* Whether there is nothing in it that buf_escape() would show as an escape. */
bool str_is_plain(const char *s, size_t len);

/* JSON text with the same characters as \uXXXX, which in JSON means the same; its line breaks stay. */
void buf_escape_json(struct buf *b, const char *json, size_t len);

/* Length of a well-formed UTF-8 sequence at `s` (RFC 3629: no surrogates, nothing overlong), 0 if it is none.
 */
size_t str_utf8_len(const char *s, const char *end);

/* vsnprintf(), but where `size` bytes do not hold it all, it is cut between two characters and ends with "…".
 */
void str_vprintf(char *out, size_t size, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));

/* A copy of at most `max` bytes: where that is not all of `s`, it is cut so too. */
char *str_cut(const char *s, size_t max);

/* What of a clean path lies below a folder, with its slash; "" for the folder itself, NULL: it is not in
 * there. Both are absolute. Borrowed from `path`. */
const char *str_path_below(const char *path, const char *folder);

bool str_starts_with(const char *s, const char *prefix);

/* How many letters have to be added, left out or changed to make one of the other. */
size_t str_distance(const char *a, const char *b);

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
