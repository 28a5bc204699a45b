#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void buf_add(struct buf *b, const char *s, size_t len)
{
	if (b->len + len + 1 > b->cap) {
		b->cap = (b->len + len + 1) * 2;
		b->s = mem_realloc(b->s, b->cap);
	}
	if (len)
		memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = 0;
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	char small[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
		return;
	}
	AUTO(free_charp) char *large = mem_calloc((size_t)n + 1, 1);
	va_start(ap, fmt);
	vsnprintf(large, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_add(b, large, (size_t)n);
}

void buf_free(struct buf *b)
{
	free(b->s);
	*b = (struct buf){0};
}

static const char cut_mark[] = "…";

/* Where the mark goes so that it ends within `max` bytes of `s`, and not within a character. */
static size_t cut_at(const char *s, size_t max)
{
	size_t n = max - strlen(cut_mark);

	for (int i = 0; i < 3 && n && (s[n] & 0xc0) == 0x80; i++)
		n--;
	return n;
}

void str_vprintf(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);

	if (n < 0)
		*out = 0;
	if (n >= 0 && (size_t)n >= size)
		memcpy(out + cut_at(out, size - 1), cut_mark, sizeof(cut_mark));
}

char *str_cut(const char *s, size_t max)
{
	if (strnlen(s, max + 1) <= max)
		return mem_strdup(s);
	return mem_printf("%.*s%s", (int)cut_at(s, max), s, cut_mark);
}

const char *str_path_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (!strcmp(folder, "/"))
		return strcmp(path, "/") ? path : "";
	return strncmp(path, folder, len) != 0 || (path[len] && path[len] != '/') ? NULL : path + len;
}

void buf_add_pointer(struct buf *b, const char *key)
{
	buf_puts(b, "/");
	for (; *key; key++) {
		if (*key == '~' || *key == '/')
			buf_puts(b, *key == '~' ? "~0" : "~1");
		else
			buf_add(b, key, 1);
	}
}

bool str_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: like Levenshtein, but swapped neighbours ("Memroy") count as one. */
size_t str_distance(const char *a, const char *b)
{
	enum { MAX = 48 };
	size_t d[MAX + 1][MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > MAX || lb > MAX)
		return MAX;
	for (size_t i = 0; i <= la; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			size_t cost = strncasecmp(a + i - 1, b + j - 1, 1) != 0;

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && !strncasecmp(a + i - 1, b + j - 2, 1) &&
			    !strncasecmp(a + i - 2, b + j - 1, 1) && d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[la][lb];
}

const char *str_nearest(const char *word, const char *const *candidates)
{
	size_t best = strlen(word) / 3 + 1;
	const char *found = NULL;

	for (; *candidates; candidates++) {
		size_t d = str_distance(word, *candidates);

		if (d <= best && (!found || d < best)) {
			best = d;
			found = *candidates;
		}
	}
	return found;
}

static const char *parse_decimal(const char *p, const char *end, long double *out)
{
	long double v = 0, scale = 1;
	const char *start = p;
	bool dot = false;
	size_t digits = 0;

	for (; p < end && ((*p >= '0' && *p <= '9') || (*p == '.' && !dot)); p++) {
		if (*p == '.') {
			dot = true;
			continue;
		}
		digits++;
		v = v * 10 + (*p - '0');
		if (dot)
			scale *= 10;
	}
	*out = v / scale;
	return digits && digits < 40 ? p : start;
}

bool str_parse_bytes(const char *s, size_t len, uint64_t *out)
{
	static const char units[] = "kmgtp";
	const char *end = s + len, *p;
	long double v;

	p = parse_decimal(s, end, &v);
	if (p == s)
		return false;
	while (p < end && *p == ' ')
		p++;
	if (p < end) {
		const char *u = *p ? strchr(units, *p | 0x20) : NULL;

		if (u) {
			for (long n = u - units; n >= 0; n--)
				v *= 1024;
			p++;
			if (p < end && (*p | 0x20) == 'i')
				p++;
		}
		if (p < end && (*p | 0x20) == 'b')
			p++;
	}
	if (p != end || v >= 18446744073709551616.0L)
		return false;
	*out = (uint64_t)v;
	return true;
}

bool str_parse_duration(const char *s, size_t len, uint64_t *out)
{
	static const struct {
		const char *name;
		long double ns;
	} units[] = {{"ns", 1},	  {"us", 1e3L}, {"\xc2\xb5s", 1e3L}, {"ms", 1e6L},
		     {"s", 1e9L}, {"m", 60e9L}, {"h", 3600e9L},	     {"d", 86400e9L}};
	const char *end = s + len, *p = s;
	long double total = 0;

	if (!len)
		return false;
	while (p < end) {
		long double v;
		const char *q = parse_decimal(p, end, &v);
		size_t ulen = 0;

		if (q == p)
			return false;
		while (q + ulen < end && q[ulen] != '.' && (q[ulen] < '0' || q[ulen] > '9'))
			ulen++;
		size_t i = 0;
		while (i < ARRAY_LEN(units) &&
		       (strlen(units[i].name) != ulen || memcmp(units[i].name, q, ulen) != 0))
			i++;
		if (i == ARRAY_LEN(units))
			return false;
		total += v * units[i].ns;
		p = q + ulen;
	}
	if (total >= 9223372036854775808.0L)
		return false;
	*out = (uint64_t)total;
	return true;
}

void str_clean_path(const char *path, char *out)
{
	size_t n = 0;

	while (*path) {
		size_t len;

		while (*path == '/')
			path++;
		len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			while (n && out[--n] != '/')
				;
		} else if (len && !(len == 1 && path[0] == '.')) {
			out[n++] = '/';
			memcpy(out + n, path, len);
			n += len;
		}
		path += len;
	}
	if (!n)
		out[n++] = '/';
	out[n] = 0;
}

size_t str_utf8_len(const char *s, const char *end)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t left = (size_t)(end - s), len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (len == 1)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || left < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}
