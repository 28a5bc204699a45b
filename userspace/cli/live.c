#include "live_internal.h"
#include "base/log.h"
#include "base/memory.h"

#include <time.h>

static int read_stats(void *arg, const char *id, struct usage *out, struct err *err)
{
	return docker_read_stats(arg, id, out, err);
}

int live_open(struct live *l, const struct config *config, struct err *err)
{
	const struct docker_options docker = {.socket = config->docker_socket,
					      .tls_verify = *config->docker_tls_verify,
					      .cert_path = config->docker_cert_path,
					      .timeout_s = (unsigned)config->docker_req_timeout_s};
	struct metrics_options metrics = {.wanted = (enum metrics_kind)config->metrics_source,
					  .stats = read_stats};

	l->docker = docker_open(&docker, err);
	if (!l->docker)
		return -1;
	metrics.docker_remote = docker_is_remote(l->docker);
	metrics.stats_arg = l->docker;
	l->metrics = metrics_open(&metrics, err);
	if (!l->metrics)
		return -1;
	l->state = state_open_to_read(config->state_dir);
	l->owners = owners_open(l->state);
	l->inventory = inventory_new(config, l->docker, l->metrics, l->owners);
	return 0;
}

void live_close(struct live *l)
{
	inventory_free(l->inventory);
	metrics_close(l->metrics);
	docker_close(l->docker);
	state_close(l->state);
	owners_free(l->owners);
}

static void ignore(void *arg, const char *id)
{
	(void)arg;
	(void)id;
}

/* What cannot be read is left out. */
static int read_containers(struct live *l, struct err *err)
{
	struct unread unread;
	enum inventory_put put;
	struct err why;

	if (inventory_follow(l->inventory, ignore, NULL, &unread, err))
		return -1;
	for (size_t i = 0; i < unread.count; i++)
		if (inventory_update(l->inventory, unread.ids[i], &put, &why))
			log_warning("%s", why.msg);
	inventory_free_unread(&unread);
	return 0;
}

int live_refresh(struct live *l, struct err *err)
{
	const struct timespec second = {1, 0};

	if (read_containers(l, err) || metrics_collect(l->metrics, err))
		return -1;
	nanosleep(&second, NULL);
	return metrics_collect(l->metrics, err);
}
