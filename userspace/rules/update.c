#include "rules/update.h"
#include "base/json.h"
#include "base/memory.h"
#include "rules/value.h"

#include <stdlib.h>
#include <string.h>

enum setting_type { SET_NUMBER, SET_BYTES, SET_TEXT, SET_POLICY };

static const struct update_field {
	const char *name;
	enum setting_type type;
} fields[] = {
	{"Memory", SET_BYTES},
	{"MemorySwap", SET_BYTES},
	{"MemoryReservation", SET_BYTES},
	{"KernelMemory", SET_BYTES},
	{"NanoCpus", SET_NUMBER},
	{"CpuShares", SET_NUMBER},
	{"CpuPeriod", SET_NUMBER},
	{"CpuQuota", SET_NUMBER},
	{"CpuRealtimePeriod", SET_NUMBER},
	{"CpuRealtimeRuntime", SET_NUMBER},
	{"CpusetCpus", SET_TEXT},
	{"CpusetMems", SET_TEXT},
	{"PidsLimit", SET_NUMBER},
	{"BlkioWeight", SET_NUMBER},
	{"RestartPolicy", SET_POLICY},
};

static const char *const policies[] = {"no", "always", "unless-stopped", "on-failure", NULL};

struct setting {
	const struct update_field *field;
	struct logic_program *value; /* NULL: the policy below */
	struct json_object *policy;
};

struct update {
	struct setting items[ARRAY_LEN(fields)];
	size_t count;
};

static const struct update_field *find_field(const char *name, struct err *err)
{
	const char *names[ARRAY_LEN(fields) + 1] = {NULL}, *nearest;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		names[i] = fields[i].name;
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	}
	nearest = str_nearest(name, names);
	err_set(err, 0, "Docker cannot update \"%.60s\"%s%s%s", name, nearest ? "; did you mean \"" : "",
		nearest ? nearest : "", nearest ? "\"?" : "");
	return NULL;
}

static int check_policy(struct json_object *j, struct err *err)
{
	const char *name = json_get_str(j, "Name");
	const char *const *known = policies;

	while (*known && strcmp(*known, name) != 0)
		known++;
	if (!json_object_is_type(j, json_type_object) || !*known)
		return err_set(err, 0, "must be {\"Name\": …} with no, always, unless-stopped or on-failure");
	json_object_object_foreach (j, key, value) {
		if (strcmp(key, "Name") != 0 &&
		    (strcmp(key, "MaximumRetryCount") != 0 || !json_object_is_type(value, json_type_int)))
			return err_set(err, 0, "has Name and MaximumRetryCount, a number");
	}
	return 0;
}

/* Half of a number of CPUs is a number; what is beyond its point is cut. */
static bool to_whole(struct value v, int64_t *out)
{
	if (v.type == V_DOUBLE && v.d > -9e18 && v.d < 9e18)
		*out = (int64_t)v.d;
	else if (v.type == V_INT)
		*out = v.i;
	else
		return false;
	return true;
}

/* A value as Docker takes it; NULL with *err. */
static struct json_object *convert(const struct update_field *f, struct value v, struct err *err)
{
	uint64_t bytes;
	int64_t n;

	if (f->type == SET_TEXT && v.type == V_STRING)
		return value_to_json(v);
	if (f->type == SET_BYTES && v.type == V_STRING && str_parse_bytes(v.s, v.len, &bytes) &&
	    bytes <= INT64_MAX)
		return json_object_new_int64((int64_t)bytes);
	if (f->type != SET_TEXT && to_whole(v, &n))
		return json_object_new_int64(n);
	err_set(err, 0, "%s must be %s", f->name,
		f->type == SET_TEXT    ? "a text like \"0-3\""
		: f->type == SET_BYTES ? "bytes, like \"512MiB\""
				       : "a whole number");
	return NULL;
}

static int check_value(const struct update_field *f, struct value v, struct err *err)
{
	AUTO(json_putp) struct json_object *converted = convert(f, v, err);

	return converted ? 0 : -1;
}

static bool is_expression(struct json_object *j)
{
	return json_object_is_type(j, json_type_object) || json_object_is_type(j, json_type_array);
}

static int read_setting(struct setting *s, struct json_object *j, const struct logic_binding *binding,
			struct buf *pointer, struct err *err)
{
	if (s->field->type == SET_POLICY) {
		s->policy = json_object_get(j);
		return check_policy(j, err);
	}
	if (!is_expression(j) && check_value(s->field, value_from_json(j), err))
		return -1;
	s->value = logic_compile(j, binding, false, pointer, err);
	return s->value ? 0 : -1;
}

struct update *update_compile(struct json_object *j, const struct logic_binding *binding, struct buf *pointer,
			      struct err *err)
{
	struct update *u = mem_calloc(1, sizeof(*u));

	if (!json_object_is_type(j, json_type_object) || !json_object_object_length(j)) {
		err_set(err, 0, "must be an object of what is set, like {\"Memory\": \"512MiB\"}");
		goto fail;
	}
	json_object_object_foreach (j, key, value) {
		struct setting *s = &u->items[u->count];
		AUTO(buf_free) struct buf inner = {0};

		s->field = find_field(key, err);
		if (!s->field)
			goto fail;
		u->count++;
		if (read_setting(s, value, binding, &inner, err)) {
			buf_printf(pointer, "/%s%s", key, inner.s ? inner.s : "");
			goto fail;
		}
	}
	return u;
fail:
	update_free(u);
	return NULL;
}

void update_free(struct update *u)
{
	for (size_t i = 0; u && i < u->count; i++) {
		logic_free(u->items[i].value);
		json_object_put(u->items[i].policy);
	}
	free(u);
}

unsigned update_needs(const struct update *u)
{
	unsigned needs = 0;

	for (size_t i = 0; i < u->count; i++)
		needs |= u->items[i].value ? logic_needs(u->items[i].value) : 0U;
	return needs;
}

static struct json_object *make_value(const struct setting *s, struct logic_ctx *ctx, struct value root,
				      struct err *err)
{
	AUTO(buf_free) struct buf text = {0};
	struct value v;

	if (s->policy)
		return json_object_get(s->policy);
	if (logic_eval(s->value, ctx, root, &v))
		return convert(s->field, v, err);
	logic_error_text(ctx, &text);
	err_set(err, 0, "%s: %s", s->field->name, text.s ? text.s : "error");
	return NULL;
}

struct json_object *update_make(const struct update *u, struct logic_ctx *ctx, struct value root,
				struct err *err)
{
	struct json_object *body = json_object_new_object();

	for (size_t i = 0; i < u->count; i++) {
		struct json_object *v = make_value(&u->items[i], ctx, root, err);

		if (!v) {
			json_object_put(body);
			return NULL;
		}
		json_object_object_add(body, u->items[i].field->name, v);
	}
	return body;
}
