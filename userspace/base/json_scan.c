/*
 * The strict parser (RFC 8259): what a document is allowed to be, where it is not, and the json-c objects of
 * it. Each scan_*() makes what it read; what fails leaves nothing.
 */
#include "base/text.h"
#include "json_internal.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scanner {
	const char *start, *p, *end;
	struct span *key; /* a row of keys, owned */
	size_t keys, keys_cap;
	unsigned depth;
	size_t values, most; /* so far, and how many there may be */
	bool escaped;	     /* the string that was read last has escapes */
	struct err *err;
};

static bool scan_value(struct scanner *sc, struct json_object **out);

static bool fail(struct scanner *sc, const char *what)
{
	unsigned line = 1, column = 1;

	for (const char *q = sc->start; q < sc->p; q++) {
		column = *q == '\n' ? 1 : column + 1;
		line += *q == '\n';
	}
	err_set(sc->err, EINVAL, "line %u, column %u: %s", line, column, what);
	return false;
}

static bool fail_count(struct scanner *sc)
{
	char what[64];

	snprintf(what, sizeof(what), "more than %zu values; send less at once", sc->most);
	return fail(sc, what);
}

static void skip_space(struct scanner *sc)
{
	while (sc->p < sc->end && (*sc->p == ' ' || *sc->p == '\t' || *sc->p == '\n' || *sc->p == '\r'))
		sc->p++;
}

static bool is_digit(const struct scanner *sc)
{
	return sc->p < sc->end && *sc->p >= '0' && *sc->p <= '9';
}

static bool scan_hex4(struct scanner *sc, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++, sc->p++) {
		char c = sc->p < sc->end ? *sc->p : 0;
		unsigned digit = c >= '0' && c <= '9'		      ? (unsigned)(c - '0')
				 : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a' + 10)
								      : 16;

		if (digit > 15)
			return fail(sc, "\\u needs four hexadecimal digits");
		*out = *out * 16 + digit;
	}
	return true;
}

static bool scan_escape(struct scanner *sc, bool is_key)
{
	unsigned code, low;

	sc->escaped = true;
	sc->p++;
	if (sc->p >= sc->end || !strchr("\"\\/bfnrtu", *sc->p) || !*sc->p)
		return fail(sc, "unknown escape in a string");
	if (*sc->p++ != 'u')
		return true;
	if (!scan_hex4(sc, &code))
		return false;
	if (code == 0 && is_key)
		return fail(sc, "a key must not hold \\u0000");
	if (code >= 0xdc00 && code < 0xe000)
		return fail(sc, "half of a surrogate pair");
	if (code < 0xd800 || code >= 0xdc00)
		return true;
	if (sc->end - sc->p < 6 || sc->p[0] != '\\' || sc->p[1] != 'u')
		return fail(sc, "half of a surrogate pair");
	sc->p += 2;
	return scan_hex4(sc, &low) &&
	       ((low >= 0xdc00 && low < 0xe000) || fail(sc, "half of a surrogate pair"));
}

/* The bytes that a string may hold as they are, and that are a character each: most text is nothing else. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* *span is what is between the quotes. */
static bool scan_string(struct scanner *sc, bool is_key, struct span *span)
{
	sc->p++;
	sc->escaped = false;
	span->s = sc->p;
	for (;;) {
		size_t n;

		while (sc->p < sc->end && is_plain((unsigned char)*sc->p))
			sc->p++;
		if (sc->p >= sc->end)
			return fail(sc, "string without its closing quote");
		if (*sc->p == '"')
			break;
		if ((unsigned char)*sc->p < 0x20)
			return fail(sc, "control character in a string; write it as an escape");
		n = str_utf8_len(sc->p, sc->end);
		if (!n)
			return fail(sc, "not UTF-8");
		if (*sc->p != '\\')
			sc->p += n;
		else if (!scan_escape(sc, is_key))
			return false;
	}
	span->len = (size_t)(sc->p - span->s);
	sc->p++;
	return true;
}

static bool scan_text(struct scanner *sc, struct json_object **out)
{
	AUTO(buf_free) struct buf text = {0};
	struct span span;

	if (!scan_string(sc, false, &span))
		return false;
	if (sc->escaped) {
		json_unescape(span, &text);
		span = (struct span){text.s ? text.s : "", text.len};
	}
	*out = json_object_new_string_len(span.s, (int)span.len);
	return true;
}

static bool scan_digits(struct scanner *sc)
{
	if (!is_digit(sc))
		return fail(sc, "a digit is missing in a number");
	while (is_digit(sc))
		sc->p++;
	return true;
}

/* Text that json-c keeps, so that a fraction is printed as it was written. */
static struct json_object *make_fraction(const char *s, size_t len)
{
	AUTO(free_charp) char *text = strndup(s, len);

	return json_object_new_double_s(strtod(text, NULL), text);
}

static bool scan_fraction(struct scanner *sc)
{
	if (*sc->p == '.' && (sc->p++, !scan_digits(sc)))
		return false;
	if (sc->p >= sc->end || (*sc->p != 'e' && *sc->p != 'E'))
		return true;
	sc->p++;
	if (sc->p < sc->end && (*sc->p == '+' || *sc->p == '-'))
		sc->p++;
	return scan_digits(sc);
}

static bool scan_number(struct scanner *sc, struct json_object **out)
{
	const char *start = sc->p;
	uint64_t value = 0;
	int64_t negative = 0;
	char text[32];
	size_t len;

	if (*sc->p == '-')
		sc->p++;
	if (is_digit(sc) && *sc->p == '0' && sc->p + 1 < sc->end && sc->p[1] >= '0' && sc->p[1] <= '9')
		return fail(sc, "a number must not start with 0");
	if (!scan_digits(sc))
		return false;
	len = (size_t)(sc->p - start);
	if (sc->p < sc->end && (*sc->p == '.' || *sc->p == 'e' || *sc->p == 'E')) {
		if (!scan_fraction(sc))
			return false;
		*out = make_fraction(start, (size_t)(sc->p - start));
		return true;
	}
	/* An integer must fit int64 or uint64: json-c would quietly take the nearest. */
	errno = len < sizeof(text) ? 0 : ERANGE;
	if (!errno) {
		memcpy(text, start, len);
		text[len] = 0;
		if (*start == '-')
			negative = strtoll(text, NULL, 10);
		else
			value = strtoull(text, NULL, 10);
	}
	if (errno)
		return fail(sc, "integer beyond 64 bits");
	*out = value > INT64_MAX ? json_object_new_uint64(value)
				 : json_object_new_int64(*start == '-' ? negative : (int64_t)value);
	return true;
}

static bool scan_literal(struct scanner *sc, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(sc->end - sc->p) < len || memcmp(sc->p, word, len) != 0)
		return fail(sc, "expected a JSON value");
	sc->p += len;
	return true;
}

static bool scan_elements(struct scanner *sc, struct json_object *array)
{
	sc->p++;
	skip_space(sc);
	if (sc->p < sc->end && *sc->p == ']') {
		sc->p++;
		return true;
	}
	for (;;) {
		struct json_object *element = NULL;

		if (!scan_value(sc, &element))
			return false;
		json_object_array_add(array, element);
		skip_space(sc);
		if (sc->p >= sc->end || (*sc->p != ',' && *sc->p != ']'))
			return fail(sc, "expected , or ] in an array");
		if (*sc->p++ == ']')
			return true;
	}
}

static bool scan_array(struct scanner *sc, struct json_object **out)
{
	struct json_object *array = json_object_new_array();

	if (scan_elements(sc, array)) {
		*out = array;
		return true;
	}
	json_object_put(array);
	return false;
}

/*
 * The keys of the objects that are open lie in one row, those of the innermost last: a few are compared one
 * by one, many are hashed.
 */
#define FEW_KEYS 64

struct seen {
	size_t first; /* of this object's keys in the row */
	struct json_object *many;
};

static bool note_hashed(struct seen *seen, const struct span *key)
{
	AUTO(buf_free) struct buf text = {0};

	json_unescape(*key, &text);
	buf_add(&text, "", 0);
	if (json_object_object_get_ex(seen->many, text.s, NULL))
		return false;
	json_object_object_add(seen->many, text.s, NULL);
	return true;
}

static void push_key(struct scanner *sc, const struct span *key)
{
	if (sc->keys == sc->keys_cap) {
		sc->keys_cap = sc->keys_cap ? 2 * sc->keys_cap : 128;
		sc->key = mem_realloc(sc->key, sc->keys_cap * sizeof(*sc->key));
	}
	sc->key[sc->keys++] = *key;
}

/* False if the key was there before. An escape in a key, which is rare, has all of them decoded. */
static bool note_key(struct scanner *sc, struct seen *seen, const struct span *key)
{
	if (!seen->many && sc->keys - seen->first < FEW_KEYS && !memchr(key->s, '\\', key->len)) {
		for (size_t i = seen->first; i < sc->keys; i++)
			if (sc->key[i].len == key->len && !memcmp(sc->key[i].s, key->s, key->len))
				return false;
		push_key(sc, key);
		return true;
	}
	if (!seen->many) {
		seen->many = json_object_new_object();
		for (size_t i = seen->first; i < sc->keys; i++)
			note_hashed(seen, &sc->key[i]);
	}
	return note_hashed(seen, key);
}

/* note_key() knows that it is new. */
static void add_member(struct json_object *object, const struct span *key, struct json_object *value)
{
	AUTO(buf_free) struct buf text = {0};
	char small[64];

	if (key->len < sizeof(small) && !memchr(key->s, '\\', key->len)) {
		memcpy(small, key->s, key->len);
		small[key->len] = 0;
	} else {
		json_unescape(*key, &text);
		buf_add(&text, "", 0);
	}
	json_object_object_add_ex(object, text.s ? text.s : small, value, JSON_C_OBJECT_ADD_KEY_IS_NEW);
}

static bool scan_member(struct scanner *sc, struct seen *seen, struct json_object *object)
{
	struct json_object *value = NULL;
	struct span key;

	skip_space(sc);
	if (sc->p >= sc->end || *sc->p != '"')
		return fail(sc, "expected a key in quotes");
	if (!scan_string(sc, true, &key))
		return false;
	if (!note_key(sc, seen, &key)) {
		sc->p = key.s - 1;
		return fail(sc, "the same key twice in one object");
	}
	skip_space(sc);
	if (sc->p >= sc->end || *sc->p != ':')
		return fail(sc, "expected : after a key");
	sc->p++;
	if (!scan_value(sc, &value))
		return false;
	add_member(object, &key, value);
	return true;
}

static bool scan_members(struct scanner *sc, struct seen *seen, struct json_object *object)
{
	for (;;) {
		if (!scan_member(sc, seen, object))
			return false;
		skip_space(sc);
		if (sc->p >= sc->end || (*sc->p != ',' && *sc->p != '}'))
			return fail(sc, "expected , or } in an object");
		if (*sc->p++ == '}')
			return true;
	}
}

static bool scan_object(struct scanner *sc, struct json_object **out)
{
	struct json_object *object = json_object_new_object();
	struct seen seen = {.first = sc->keys};
	bool ok = true;

	sc->p++;
	skip_space(sc);
	if (sc->p < sc->end && *sc->p == '}')
		sc->p++;
	else
		ok = scan_members(sc, &seen, object);
	json_object_put(seen.many);
	sc->keys = seen.first;
	if (ok)
		*out = object;
	else
		json_object_put(object);
	return ok;
}

static bool scan_boolean(struct scanner *sc, bool value, struct json_object **out)
{
	if (!scan_literal(sc, value ? "true" : "false"))
		return false;
	*out = json_object_new_boolean(value);
	return true;
}

static bool scan_value(struct scanner *sc, struct json_object **out)
{
	bool ok;

	skip_space(sc);
	if (sc->p >= sc->end)
		return fail(sc, "unexpected end");
	if (++sc->depth > JSON_MAX_DEPTH)
		return fail(sc, "nested too deep");
	if (++sc->values > sc->most)
		return fail_count(sc);
	switch (*sc->p) {
	case '{':
		ok = scan_object(sc, out);
		break;
	case '[':
		ok = scan_array(sc, out);
		break;
	case '"':
		ok = scan_text(sc, out);
		break;
	case 't':
		ok = scan_boolean(sc, true, out);
		break;
	case 'f':
		ok = scan_boolean(sc, false, out);
		break;
	case 'n':
		ok = scan_literal(sc, "null");
		break;
	default:
		ok = *sc->p == '-' || is_digit(sc) ? scan_number(sc, out) : fail(sc, "expected a JSON value");
	}
	sc->depth--;
	return ok;
}

int json_parse_within(const char *s, size_t len, size_t most, struct json_object **out, struct err *err)
{
	struct scanner sc = {.start = s, .p = s, .end = s + len, .most = most, .err = err};
	bool ok;

	*out = NULL;
	ok = scan_value(&sc, out);
	skip_space(&sc);
	if (ok && sc.p < sc.end)
		ok = fail(&sc, "text after the end of the JSON value");
	free(sc.key);
	if (ok)
		return 0;
	json_object_put(*out);
	*out = NULL;
	return -1;
}

int json_parse(const char *s, size_t len, struct json_object **out, struct err *err)
{
	return json_parse_within(s, len, SIZE_MAX, out, err);
}
