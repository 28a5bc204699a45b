#include "idle_internal.h"
#include "base/clock.h"
#include "metrics/metrics.h"

#include <stdio.h>
#include <sys/stat.h>

#define LOOK_NS (10 * NS_PER_S)

bool idle_is_due(const struct idle *i, const struct usage *now)
{
	return !i->looked_ns || now->sampled_ns - i->looked_ns >= LOOK_NS;
}

bool idle_used_cpu(const struct idle *i, const struct usage *now, long percent)
{
	uint64_t ns = now->sampled_ns - i->looked_ns;

	if (!i->looked_ns || now->cpu_ns < i->cpu_ns)
		return true;
	return (double)(now->cpu_ns - i->cpu_ns) * 100 > (double)ns * (double)percent;
}

static bool has_received(const struct idle *i, const struct usage *now, uint64_t received)
{
	uint64_t noise = (now->sampled_ns - i->looked_ns) / NS_PER_S * IDLE_NOISE;

	return i->received_known && (received < i->received || received - i->received > noise);
}

void idle_note(struct idle *i, const struct usage *now, bool worked, bool given, uint64_t received)
{
	if (worked || (given && has_received(i, now, received)))
		i->since_ns = now->sampled_ns;
	i->looked_ns = now->sampled_ns;
	i->cpu_ns = now->cpu_ns;
	i->received = received;
	i->received_known = given;
}

static bool is_network_of(const struct stat *network, const char *process)
{
	struct stat its;

	return !stat(process, &its) && its.st_ino == network->st_ino && its.st_dev == network->st_dev;
}

/* --network host is where the host's first process is (which may not be looked at everywhere), or we are. */
static bool has_hosts_network(pid_t pid)
{
	struct stat its;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat(path, &its) || is_network_of(&its, "/proc/1/ns/net") ||
	       is_network_of(&its, "/proc/self/ns/net");
}

bool idle_read_received(pid_t pid, const char *id, uint64_t *out)
{
	struct net_usage net;

	if (pid <= 0 || has_hosts_network(pid) || !metrics_read_net_dev(pid, id, &net))
		return false;
	*out = net.rx_bytes;
	return true;
}
