/* /proc/PID/net/dev: the figures of a network namespace's interfaces, as Docker shows them. */
#include "base/memory.h"
#include "metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of it (kernel: net/core/net-procfs.c); false for its heading, and for lo. */
static bool parse_line(const char *line, struct net_interface *out)
{
	unsigned long long v[NET_FIGURES];

	if (sscanf(line, " %63[^:]: %llu %llu %llu %llu %*u %*u %*u %*u %llu %llu %llu %llu", out->name,
		   &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) != 9 ||
	    !strcmp(out->name, "lo"))
		return false;
	for (size_t i = 0; i < NET_FIGURES; i++)
		out->figures[i] = v[i];
	return true;
}

/* False if the process is gone. */
static bool read_interfaces(pid_t pid, struct net_interface **out, size_t *count)
{
	struct net_interface one;
	char path[64], line[512];
	FILE *f;

	*out = NULL;
	*count = 0;
	snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (!parse_line(line, &one))
			continue;
		*out = mem_realloc(*out, (*count + 1) * sizeof(**out));
		(*out)[(*count)++] = one;
	}
	fclose(f);
	return true;
}

size_t metrics_read_interfaces(pid_t pid, const char *id, struct net_interface **out)
{
	size_t n;

	/* if it is the container's now, it was when the file was opened */
	if (read_interfaces(pid, out, &n) && metrics_is_process_of(pid, id))
		return n;
	free(*out);
	*out = NULL;
	return 0;
}

bool metrics_read_net_dev(pid_t pid, const char *id, struct net_usage *out)
{
	struct net_interface *list;
	bool given;
	size_t n;

	*out = (struct net_usage){0};
	given = read_interfaces(pid, &list, &n) && metrics_is_process_of(pid, id);
	for (size_t i = 0; given && i < n; i++) {
		out->rx_bytes += list[i].figures[NET_RX_BYTES];
		out->rx_packets += list[i].figures[NET_RX_PACKETS];
		out->tx_bytes += list[i].figures[NET_TX_BYTES];
		out->tx_packets += list[i].figures[NET_TX_PACKETS];
	}
	free(list);
	return given;
}
