/* What a JSON string means. */
#include "base/text.h"
#include "json_internal.h"

#include <stdlib.h>
#include <string.h>

static unsigned read_hex4(const char *s)
{
	char digits[5] = {s[0], s[1], s[2], s[3], 0};

	return (unsigned)strtoul(digits, NULL, 16);
}

static void add_code_point(struct buf *out, unsigned c)
{
	char utf8[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0x00, 0xc0, 0xe0, 0xf0};

	for (size_t i = n; i-- > 1; c >>= 6)
		utf8[i] = (char)(0x80 | (c & 0x3f));
	utf8[0] = (char)(lead[n] | c);
	buf_add(out, utf8, n);
}

void json_unescape(struct span span, struct buf *out)
{
	static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *end = span.s + span.len;

	for (const char *p = span.s; p < end;) {
		const char *escape = memchr(p, '\\', (size_t)(end - p));
		unsigned code;

		buf_add(out, p, (size_t)((escape ? escape : end) - p));
		if (!escape)
			break;
		p = escape + 2;
		if (escape[1] != 'u') {
			buf_add(out, &meant[strchr(plain, escape[1]) - plain], 1);
			continue;
		}
		code = read_hex4(p);
		p += 4;
		if (code >= 0xd800 && code < 0xdc00) { /* the other half follows */
			code = 0x10000 + ((code - 0xd800) << 10) + (read_hex4(p + 2) - 0xdc00);
			p += 6;
		}
		add_code_point(out, code);
	}
}
