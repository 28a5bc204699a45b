#include "base/yaml.h"
#include "base/json.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_DEPTH 100

struct reading {
	yaml_document_t doc;
	size_t values;
	unsigned depth;
	struct err *err;
};

static bool read_node(struct reading *r, int id, struct json_object **out);

static bool fail(struct reading *r, const yaml_node_t *node, const char *what)
{
	const yaml_mark_t at = node ? node->start_mark : (yaml_mark_t){0};

	err_set(r->err, EINVAL, "line %zu, column %zu: %s", at.line + 1, at.column + 1, what);
	return false;
}

/* ---- scalars ---- */

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return true;
	return false;
}

/* A number in JSON's spelling; both YAML 1.1 and 1.2 read it so. */
static bool read_number(const char *text, struct json_object **out)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;

	if (!isdigit((unsigned char)*digits) && !(*digits == '.' && isdigit((unsigned char)digits[1])))
		return false;
	errno = 0;
	if (!digits[strspn(digits, "0123456789")]) {
		long long i = strtoll(text, &end, 10);

		*out = errno ? NULL : json_object_new_int64(i);
		return !errno;
	}
	if (digits[strspn(digits, "0123456789.eE+-")])
		return false;
	double d = strtod(text, &end);

	if (*end || !isfinite(d))
		return false;
	*out = json_object_new_double_s(d, text);
	return true;
}

/* What YAML 1.1 (docker-compose 1.x) takes for something else than YAML 1.2 does. */
static bool is_ambiguous(const char *text)
{
	static const char *const words[] = {"yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON",
					    "off", "Off", "OFF", "y",  "Y",  "n",  "N",	 NULL};
	const char *digits = text + (*text == '-' || *text == '+');
	size_t n = strspn(digits, "0123456789_");

	if (is_one_of(text, words))
		return true;
	if (*digits == '0' && isdigit((unsigned char)digits[1]) && !digits[strspn(digits, "0123456789_")])
		return true; /* octal */
	if (*digits == '0' && digits[1] && strchr("xXob", digits[1]))
		return true;
	if (n && strchr(digits, '_') && !digits[n])
		return true;
	/* 22:22 in base 60, where what follows a colon is below 60 */
	while (n && digits[n] == ':') {
		size_t more = strspn(digits + n + 1, "0123456789");

		if (!more || more > 2 || strtol(digits + n + 1, NULL, 10) > 59)
			return false;
		n += 1 + more;
		if (!digits[n])
			return true;
	}
	return false;
}

static bool read_plain(struct reading *r, const yaml_node_t *node, const char *text, struct json_object **out)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const trues[] = {"true", "True", "TRUE", NULL}, *const falses[] = {"false",
											      "False",
											      "FALSE", NULL};

	if (is_one_of(text, nulls)) {
		*out = NULL;
		return true;
	}
	if (is_one_of(text, trues) || is_one_of(text, falses)) {
		*out = json_object_new_boolean(is_one_of(text, trues));
		return true;
	}
	if (is_ambiguous(text))
		return fail(r, node,
			    "versions of YAML read this differently; put it in quotes, or write true, false "
			    "or a decimal number");
	if (!read_number(text, out))
		*out = json_object_new_string(text);
	return true;
}

static bool read_scalar(struct reading *r, const yaml_node_t *node, struct json_object **out)
{
	const char *text = (const char *)node->data.scalar.value;
	bool own_tag = node->tag && strcmp((const char *)node->tag, YAML_STR_TAG) != 0;

	if (strlen(text) != node->data.scalar.length)
		return fail(r, node, "a NUL character");
	if (own_tag)
		return fail(r, node, "a tag (!…), which is not supported");
	if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return read_plain(r, node, text, out);
	*out = json_object_new_string(text);
	return true;
}

/* ---- lists and mappings ---- */

static bool read_list(struct reading *r, const yaml_node_t *node, struct json_object **out)
{
	*out = json_object_new_array();
	for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top;
	     i++) {
		struct json_object *v;

		if (!read_node(r, *i, &v)) {
			json_object_put(v);
			return false;
		}
		json_object_array_add(*out, v);
	}
	return true;
}

static void merge_one(struct json_object *into, struct json_object *from)
{
	json_object_object_foreach (from, key, value) {
		if (!json_object_object_get_ex(into, key, NULL))
			json_object_object_add(into, key, json_object_get(value));
	}
}

/* "<<": a mapping or a list of them; the earlier goes before the later, its own keys before all. */
static bool merge(struct reading *r, const yaml_node_t *node, struct json_object *into,
		  struct json_object *from)
{
	if (json_object_is_type(from, json_type_object)) {
		merge_one(into, from);
		return true;
	}
	if (!json_object_is_type(from, json_type_array))
		return fail(r, node, "<< takes a mapping, or a list of them");
	for (size_t i = 0; i < json_object_array_length(from); i++) {
		if (!json_object_is_type(json_object_array_get_idx(from, i), json_type_object))
			return fail(r, node, "<< takes a mapping, or a list of them");
		merge_one(into, json_object_array_get_idx(from, i));
	}
	return true;
}

static bool read_pair(struct reading *r, const yaml_node_pair_t *pair, struct json_object *into,
		      struct json_object **merged)
{
	const yaml_node_t *key = yaml_document_get_node(&r->doc, pair->key);
	const char *name = key && key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : NULL;
	bool merging = name && !strcmp(name, "<<") && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct json_object *v;

	if (!name || strlen(name) != key->data.scalar.length)
		return fail(r, key, "a key that is no text");
	if (merging ? *merged != NULL : json_object_object_get_ex(into, name, NULL))
		return fail(r, key, "the same key twice");
	if (!read_node(r, pair->value, &v)) {
		json_object_put(v);
		return false;
	}
	if (merging)
		*merged = v;
	else
		json_object_object_add(into, name, v);
	return true;
}

static bool read_mapping(struct reading *r, const yaml_node_t *node, struct json_object **out)
{
	AUTO(json_putp) struct json_object *merged = NULL;

	*out = json_object_new_object();
	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++)
		if (!read_pair(r, p, *out, &merged))
			return false;
	return !merged || merge(r, node, *out, merged);
}

/* *out is the caller's also after failure. */
static bool read_node(struct reading *r, int id, struct json_object **out)
{
	const yaml_node_t *node = yaml_document_get_node(&r->doc, id);
	bool ok = false;

	*out = NULL;
	if (!node)
		return fail(r, node, "no YAML");
	if (++r->values > YAML_MOST_VALUES)
		return fail(r, node, "more than 100000 values");
	if (r->depth >= MAX_DEPTH)
		return fail(r, node, "nested more than 100 deep");
	r->depth++;
	if (node->type == YAML_SCALAR_NODE)
		ok = read_scalar(r, node, out);
	else if (node->type == YAML_SEQUENCE_NODE)
		ok = read_list(r, node, out);
	else if (node->type == YAML_MAPPING_NODE)
		ok = read_mapping(r, node, out);
	r->depth--;
	return ok;
}

/* ---- documents ---- */

static int fail_parser(const yaml_parser_t *p, struct err *err)
{
	return err_set(err, EINVAL, "line %zu, column %zu: %s", p->problem_mark.line + 1,
		       p->problem_mark.column + 1, p->problem ? p->problem : "no YAML");
}

/* One document, and no other behind it. */
static int read_document(yaml_parser_t *p, struct json_object **out, struct err *err)
{
	struct reading r = {.err = err};
	yaml_node_t *root;
	yaml_document_t next;
	bool ok = true, more;

	if (!yaml_parser_load(p, &r.doc))
		return fail_parser(p, err);
	root = yaml_document_get_root_node(&r.doc);
	if (root)
		ok = read_node(&r, 1, out);
	yaml_document_delete(&r.doc);
	if (!ok || !root)
		return ok ? 0 : -1;
	if (!yaml_parser_load(p, &next))
		return fail_parser(p, err);
	more = yaml_document_get_root_node(&next) != NULL;
	yaml_document_delete(&next);
	return more ? err_set(err, EINVAL, "there is more than one document in it") : 0;
}

int yaml_parse(const char *text, size_t len, struct json_object **out, struct err *err)
{
	yaml_parser_t parser;
	int r;

	*out = NULL;
	if (!yaml_parser_initialize(&parser))
		return err_set(err, ENOMEM, "no memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	r = read_document(&parser, out, err);
	yaml_parser_delete(&parser);
	if (r) {
		json_object_put(*out);
		*out = NULL;
	}
	return r;
}
