/* The values of a rule in words: fields, constants in their units, what is computed of them. */
#include "plain_internal.h"

#include <string.h>

#define MOST_CHOICES 8

/* ---- values ---- */

/* 1073741824 is "1 GiB" of bytes; what no unit divides stays as it is. */
static bool put_in_units(struct buf *out, long double n, const char *const *units, const long double *sizes)
{
	for (; *units; units++, sizes++)
		if (n >= *sizes && n * 100 / *sizes == (long double)(int64_t)(n * 100 / *sizes)) {
			buf_printf(out, "%.6Lg %s", n / *sizes, *units);
			return true;
		}
	return false;
}

void plain_put_number(struct buf *out, struct value v, enum field_unit unit)
{
	static const char *const bytes[] = {"TiB", "GiB", "MiB", "KiB", NULL};
	static const long double byte_sizes[] = {1099511627776.0L, 1073741824, 1048576, 1024};
	static const char *const times[] = {"d", "h", "min", "s", "ms", NULL};
	static const long double time_sizes[] = {86400, 3600, 60, 1, 0.001L};
	static const long double scales[] = {
		[UNIT_SECONDS] = 1, [UNIT_MICROSECONDS] = 1e-6L, [UNIT_NANOSECONDS] = 1e-9L};
	long double n = value_number(v);

	if (unit == UNIT_BYTES && put_in_units(out, n, bytes, byte_sizes))
		return;
	if ((unit == UNIT_SECONDS || unit == UNIT_MICROSECONDS || unit == UNIT_NANOSECONDS) &&
	    put_in_units(out, n * scales[unit], times, time_sizes))
		return;
	if (unit == UNIT_NANO_CPUS) {
		buf_printf(out, "%.6Lg CPUs", n / 1e9L);
		return;
	}
	value_to_text(v, out);
	buf_puts(out, unit == UNIT_PERCENT ? " %" : unit == UNIT_BYTES ? " bytes" : "");
}

void plain_put_constant(struct buf *out, struct value v, enum field_unit unit)
{
	if (value_is_number(v))
		plain_put_number(out, v, unit);
	else if (v.type == V_NULL)
		buf_puts(out, "nothing");
	else
		known_value_text(v, out);
}

/* "red", "blue" or "green"; of many the first, and how many there are. */
void plain_put_choices(struct buf *out, struct value list, enum field_unit unit)
{
	size_t n = value_len(list), shown = n > MOST_CHOICES ? MOST_CHOICES : n;

	for (size_t i = 0; i < shown; i++) {
		buf_puts(out, !i ? "" : i + 1 == n ? " or " : ", ");
		plain_put_constant(out, value_at(list, i), unit);
	}
	if (shown < n)
		buf_printf(out, ", … (%zu in all)", n);
	if (!n)
		buf_puts(out, "nothing");
}

/* ---- fields ---- */

/* The words of the table; a label, a variable and what the table has no words for by its name. */
static void put_field(struct telling *t, const struct logic_node *node, const struct field *f)
{
	static const struct {
		const char *path, *words;
	} maps[] = {{"labels.*", "label"},
		    {"env.*", "variable"},
		    {"request.RequestHeaders.*", "header"},
		    {"request.parameters.*", "parameter"},
		    {"request.ParsedUri.parameters.*", "parameter"},
		    {"request.flags.*", "flag"},
		    {"request.target.labels.*", "the target's label"},
		    {"params.Config.Labels.*", "label"},
		    {"verdict.labels.*", "label"}};

	if (f->meaning->words) {
		buf_puts(t->out, f->meaning->words);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(maps) && node->path.len; i++)
		if (!strcmp(maps[i].path, f->path)) {
			buf_printf(t->out, "%s ", maps[i].words);
			value_to_text(node->path.keys[node->path.len - 1], t->out);
			return;
		}
	if (!node->path.len)
		buf_puts(t->out, "it");
	else
		known_path_text(node, t->out);
}

static void tell_call(struct telling *t, const struct logic_node *node)
{
	buf_printf(t->out, "%s(", node->op->name);
	for (size_t i = 0; i < node->n; i++) {
		buf_puts(t->out, i ? ", " : "");
		plain_tell_value(t, node->args[i]);
	}
	buf_puts(t->out, ")");
}

static void tell_infix(struct telling *t, const struct logic_node *node)
{
	if (node->n < 2)
		buf_puts(t->out, node->op->name);
	for (size_t i = 0; i < node->n; i++) {
		if (i)
			buf_printf(t->out, " %s ", node->op->name);
		plain_tell_value(t, node->args[i]);
	}
}

/* What `filter` lets through: "its mounts of which (…)". */
static void tell_filter(struct telling *t, const struct logic_node *node)
{
	struct known_scope inner = known_elements(t->program, t->scope, node);
	struct telling within = {t->program, &inner, t->out};

	plain_tell_value(t, node->args[0]);
	buf_puts(t->out, " of which (");
	plain_tell(&within, node->args[1], false);
	buf_puts(t->out, ")");
}

static bool is_choice(const struct logic_node *node)
{
	return (known_is(node, "if") || known_is(node, "?:")) && node->n == 3;
}

static bool is_nothing(const struct logic_node *node)
{
	return node->kind == NODE_CONST && node->constant.type == V_NULL;
}

/* "its owner, unless …"; "a if …, else b" */
static void tell_chosen(struct telling *t, const struct logic_node *node)
{
	bool but = is_nothing(node->args[1]), only = is_nothing(node->args[2]);

	plain_tell_value(t, node->args[but ? 2 : 1]);
	buf_puts(t->out, but ? " (unless " : only ? " (where " : " (if ");
	plain_tell(t, node->args[0], false);
	if (!but && !only) {
		buf_puts(t->out, ", else ");
		plain_tell_value(t, node->args[2]);
	}
	buf_puts(t->out, ")");
}

static bool is_infix(const struct logic_node *node)
{
	return node->kind == NODE_OP && node->op->fn == op_arithmetic;
}

void plain_tell_value(struct telling *t, const struct logic_node *node)
{
	struct field f;

	if (node->kind == NODE_CONST) {
		plain_put_constant(t->out, node->constant, UNIT_NONE);
	} else if (node->kind == NODE_ARRAY) {
		for (size_t i = 0; i < node->n; i++) {
			buf_puts(t->out, i ? ", " : "");
			plain_tell_value(t, node->args[i]);
		}
	} else if (known_reads(node)) {
		known_field(t->program, t->scope, node, &f);
		put_field(t, node, &f);
	} else if (known_is(node, "??") && node->n) {
		plain_tell_value(t, node->args[0]);
	} else if (known_is(node, "filter")) {
		tell_filter(t, node);
	} else if (known_is(node, "length") || known_is(node, "keys") || known_is(node, "lower") ||
		   known_is(node, "upper")) {
		buf_puts(t->out, known_is(node, "length") ? "the number of "
				 : known_is(node, "keys") ? "the names of "
							  : "");
		plain_tell_value(t, node->args[0]);
		buf_puts(t->out, known_is(node, "lower")   ? " in lower case"
				 : known_is(node, "upper") ? " in upper case"
							   : "");
	} else if (is_infix(node)) {
		tell_infix(t, node);
	} else if (is_choice(node)) {
		tell_chosen(t, node);
	} else {
		tell_call(t, node);
	}
}
