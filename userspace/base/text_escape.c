/* What people must not be shown as it is. */
#include "base/text.h"

/* C0, DEL and C1; line separators; what turns, joins, hides or is hidden (Unicode's Cf, but for what words
 * need). */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{0x00, 0x1f},	  {0x7f, 0x9f},	    {0xad, 0xad},     {0x61c, 0x61c},
	{0x180e, 0x180e}, {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},
	{0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

static bool is_unseen(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(unseen); i++)
		if (c >= unseen[i].first && c <= unseen[i].last)
			return true;
	return false;
}

/* The code point of a well-formed sequence of `n` bytes. */
static uint32_t decode(const char *s, size_t n)
{
	uint32_t c = (unsigned char)s[0];

	if (n > 1)
		c &= 0x7fU >> n;
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

static void escape_point(struct buf *b, uint32_t c)
{
	if (c > 0xffff)
		buf_printf(b, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 | (c & 0x3ff));
	else
		buf_printf(b, "\\u%04x", c);
}

/* Whether a backslash before `s` would read as an escape. */
static bool looks_escaped(const char *s, const char *end)
{
	size_t n = s < end ? str_utf8_len(s, end) : 1;

	return s < end && (*s == '\\' || *s == 'u' || *s == 'x' || !n || is_unseen(decode(s, n)));
}

void buf_escape(struct buf *b, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		size_t n = str_utf8_len(s, end);

		if (!n)
			buf_printf(b, "\\x%02x", (unsigned char)*s);
		else if (is_unseen(decode(s, n)))
			escape_point(b, decode(s, n));
		else if (*s == '\\' && looks_escaped(s + 1, end))
			buf_puts(b, "\\\\");
		else
			buf_add(b, s, n);
		s += n ? n : 1;
	}
}

bool str_is_plain(const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		size_t n = str_utf8_len(s, end);

		if (!n || is_unseen(decode(s, n)))
			return false;
		s += n;
	}
	return true;
}

void buf_escape_json(struct buf *b, const char *json, size_t len)
{
	const char *end = json + len;

	while (json < end) {
		size_t n = str_utf8_len(json, end);

		if (n && *json != '\n' && is_unseen(decode(json, n)))
			escape_point(b, decode(json, n));
		else
			buf_add(b, json, n ? n : 1);
		json += n ? n : 1;
	}
}
