/* Usage of every container under cAdvisor's names. */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "prometheus_internal.h"
#include "view/figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "com.example/x" to "container_label_com_example_x". */
static char *label_name(const char *key)
{
	char *name = mem_printf("container_label_%s", key);

	for (char *p = name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
			*p = '_';
	return name;
}

/* What EXPORT_LABELS names, and what Prometheus calls it. */
struct exported {
	char *copy;
	struct {
		const char *label;
		char *name;
	} * items;
	size_t count;
};

static struct exported exported_of(const char *option)
{
	struct exported x = {.copy = mem_strdup(option)};
	char *rest = x.copy, *label;

	while ((label = strsep(&rest, ", "))) {
		if (!*label)
			continue;
		x.items = mem_realloc(x.items, (x.count + 1) * sizeof(*x.items));
		x.items[x.count].label = label;
		x.items[x.count++].name = label_name(label);
	}
	return x;
}

static void exported_free(struct exported *x)
{
	for (size_t i = 0; i < x->count; i++)
		free(x->items[i].name);
	free(x->items);
	free(x->copy);
}

static int check_exported(const struct exported *x, struct err *err)
{
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(x->items[i].name, x->items[k].name))
				return err_set(err, EINVAL,
					       "EXPORT_LABELS: \"%.100s\" and \"%.100s\" would both be "
					       "%.100s; leave "
					       "one of them out",
					       x->items[k].label, x->items[i].label, x->items[i].name);
	return 0;
}

int prom_check_labels(const char *export_labels, struct err *err)
{
	struct exported x = exported_of(export_labels);
	int r = check_exported(&x, err);

	exported_free(&x);
	return r;
}

/* The label set of one container, made once for all its samples. */
static void add_labels(struct buf *out, const struct container *c, const struct exported *x)
{
	prom_label(out, "id", c->id);
	buf_puts(out, ",");
	prom_label(out, "name", c->name + (*c->name == '/'));
	buf_puts(out, ",");
	prom_label(out, "image", c->image);
	/* those of exactly that name: labels that only look alike to Prometheus are not taken for them */
	for (size_t i = 0; i < x->count; i++) {
		const char *label = x->items[i].label;
		struct value v;

		if (!value_get(c->labels, label, strlen(label), &v) || v.type != V_STRING)
			continue;
		buf_puts(out, ",");
		prom_label(out, x->items[i].name, v.s);
	}
}

/* One container as it is shown. */
struct scraped {
	struct buf labels;
	struct usage usage; /* its network figures are those that Docker shows */
};

/* What is known without a measurement. */
static void add_times(struct buf *out, const struct inventory_entry *entries, const struct scraped *scraped,
		      size_t n)
{
	prom_header(out, "container_start_time_seconds", "gauge", "When it started, in Unix time.");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "container_start_time_seconds{%s} %.3f\n", scraped[i].labels.s,
			   (double)entries[i].container->started_ns / NS_PER_S);
	prom_header(out, "container_last_seen", "gauge", "When it was last known to run, in Unix time.");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "container_last_seen{%s} %.3f\n", scraped[i].labels.s,
			   (double)clock_wall_ns() / NS_PER_S);
}

static void add_series(struct buf *out, const struct figure *f, const struct scraped *scraped, size_t n)
{
	prom_header(out, f->series, f->type, f->help);
	for (size_t i = 0; i < n; i++) {
		struct value v;

		if (figure_read(f, &scraped[i].usage, &scraped[i].usage, &v))
			buf_printf(out, "%s{%s} %.15g\n", f->series, scraped[i].labels.s,
				   (double)value_number(v) * f->scale);
	}
}

/* Network figures as Docker shows them: from /proc, or where it is another host's from Docker. */
static struct usage usage_of(const struct inventory_entry *entry)
{
	struct usage u = entry->measured ? entry->now : (struct usage){0};
	const struct container *c = entry->container;
	struct net_usage net;

	if (!c->pid)
		return u;
	u.fields &= ~(unsigned)USAGE_NETWORK;
	if (!c->own_network || !metrics_read_net_dev(c->pid, c->id, &net))
		return u;
	u.fields |= USAGE_NETWORK;
	u.rx_bytes = net.rx_bytes;
	u.rx_packets = net.rx_packets;
	u.tx_bytes = net.tx_bytes;
	u.tx_packets = net.tx_packets;
	return u;
}

void prom_containers(struct enforcer *e, struct buf *out)
{
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(e->inventory, &entries);
	struct exported exported = exported_of(e->config->export_labels);
	struct scraped *scraped = mem_calloc(n, sizeof(*scraped));

	for (size_t i = 0; i < n; i++) {
		add_labels(&scraped[i].labels, entries[i].container, &exported);
		scraped[i].usage = usage_of(&entries[i]);
	}
	add_times(out, entries, scraped, n);
	for (const struct figure *f = figures(); !figures_end(f); f++)
		if (f->series)
			add_series(out, f, scraped, n);
	for (size_t i = 0; i < n; i++)
		buf_free(&scraped[i].labels);
	free(scraped);
	exported_free(&exported);
	inventory_free_entries(entries, n);
}
