/* Usage of every container under cAdvisor's names. */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "prometheus_internal.h"
#include "view/figures.h"

#include <stdlib.h>

/* "com.example/x" to "container_label_com_example_x". */
static char *label_name(const char *key)
{
	char *name = mem_printf("container_label_%s", key);

	for (char *p = name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
			*p = '_';
	return name;
}

/* The label set of one container, made once for all its samples. */
static void add_labels(struct buf *out, const struct container *c)
{
	AUTO(json_putp) struct json_object *seen = json_object_new_object();

	prom_label(out, "id", c->id);
	buf_puts(out, ",");
	prom_label(out, "name", c->name + (*c->name == '/'));
	buf_puts(out, ",");
	prom_label(out, "image", c->image);
	for (size_t i = 0; c->labels.type == V_PACKED && i < c->labels.len; i++) {
		const struct value_field *label = &c->labels.fields[i];
		AUTO(free_charp) char *name = label_name(label->name);

		/* two labels may look alike to Prometheus: the first counts */
		if (label->v.type != V_STRING || json_object_object_get_ex(seen, name, NULL))
			continue;
		json_object_object_add(seen, name, NULL);
		buf_puts(out, ",");
		prom_label(out, name, label->v.s);
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
	struct scraped *scraped = mem_calloc(n, sizeof(*scraped));

	for (size_t i = 0; i < n; i++) {
		add_labels(&scraped[i].labels, entries[i].container);
		scraped[i].usage = usage_of(&entries[i]);
	}
	add_times(out, entries, scraped, n);
	for (const struct figure *f = figures(); !figures_end(f); f++)
		if (f->series)
			add_series(out, f, scraped, n);
	for (size_t i = 0; i < n; i++)
		buf_free(&scraped[i].labels);
	free(scraped);
	inventory_free_entries(entries, n);
}
