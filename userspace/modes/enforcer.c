#include "modes/enforcer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pulse.h"
#include "base/text.h"
#include "rules/needs.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

static int read_stats(void *arg, const char *id, struct usage *out, struct err *err)
{
	return docker_read_stats(arg, id, out, err);
}

static int open_metrics(struct enforcer *e, struct err *err)
{
	const struct metrics_options options = {
		.wanted = (enum metrics_kind)e->config->metrics_source,
		.docker_remote = docker_is_remote(e->docker),
		.stats = read_stats,
		.stats_arg = e->docker,
	};

	if (e->config->disable_metrics)
		return 0;
	e->metrics = metrics_open(&options, err);
	if (!e->metrics)
		return -1;
	log_info("metrics come from %s: %s", metrics_source(e->metrics), metrics_reason(e->metrics));
	return 0;
}

static int enable_needed(struct enforcer *e, const struct policy *p, struct err *err)
{
	return e->metrics && p->needs & NEED_NETWORK ? metrics_enable_network(e->metrics, err) : 0;
}

/* Of this start: nobody else's request carries it. */
static void make_token(char out[33])
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		abort();
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(out + 2 * i, 3, "%02x", random[i]);
}

struct enforcer *enforcer_new(const struct config *config, struct err *err)
{
	char token[33];
	const struct docker_options options = {.socket = config->docker_socket,
					       .tls_verify = *config->docker_tls_verify,
					       .cert_path = config->docker_cert_path,
					       .timeout_s = (unsigned)config->docker_req_timeout_s,
					       .token = config->run_authz ? token : NULL};
	struct enforcer *e = mem_calloc(1, sizeof(*e));

	make_token(token);
	e->config = config;
	e->started_ns = clock_wall_ns();
	e->stop_fd = eventfd(0, EFD_CLOEXEC);
	pthread_mutex_init(&e->policy_lock, NULL);
	e->ledger = ledger_new();
	e->docker = docker_open(&options, err);
	if (!e->docker || !(e->policy = policy_load(config, config->rules_dir, NULL, err)) ||
	    open_metrics(e, err) || enable_needed(e, e->policy, err) ||
	    (*config->audit_log && !(e->audit = audit_open(config->audit_log, err))) ||
	    (config->run_authz && !(e->authz = authz_new(e, token, err)))) {
		enforcer_free(e);
		return NULL;
	}
	e->inventory = inventory_new(config, e->docker, e->metrics);
	e->triggers = triggers_start();
	e->actions = actions_start(e->docker, e->ledger, e->audit, config->max_actions_per_minute);
	e->watching = e->metrics &&
		      (config->run_watch == AUTO_TRUE ||
		       (config->run_watch == AUTO_AUTO && !strcmp(metrics_source(e->metrics), "bpf")));
	return e;
}

void enforcer_free(struct enforcer *e)
{
	if (e->actions)
		actions_stop(e->actions);
	triggers_stop(e->triggers);
	if (e->inventory)
		inventory_free(e->inventory);
	authz_free(e->authz);
	audit_close(e->audit);
	metrics_close(e->metrics);
	policy_put(e->policy);
	docker_close(e->docker);
	ledger_free(e->ledger);
	pthread_mutex_destroy(&e->policy_lock);
	close(e->stop_fd);
	free(e);
}

struct policy *enforcer_policy(struct enforcer *e)
{
	struct policy *p;

	pthread_mutex_lock(&e->policy_lock);
	p = policy_get(e->policy);
	pthread_mutex_unlock(&e->policy_lock);
	return p;
}

int enforcer_reload(struct enforcer *e, struct err *err)
{
	struct policy *fresh = policy_load(e->config, e->config->rules_dir, e->policy, err), *old;
	AUTO(buf_free) struct buf changes = {0};

	if (!fresh)
		return -1;
	if (enable_needed(e, fresh, err)) {
		policy_put(fresh);
		return -1;
	}
	policy_compare(e->policy, fresh, &changes); /* only this thread, main, replaces it */
	log_info("rules reloaded: %s", changes.s);
	pthread_mutex_lock(&e->policy_lock);
	old = e->policy;
	e->policy = fresh;
	pthread_mutex_unlock(&e->policy_lock);
	policy_put(old);
	return 0;
}

bool enforcer_wait(struct enforcer *e, uint64_t ns)
{
	struct pollfd p = {.fd = e->stop_fd, .events = POLLIN};
	struct timespec ts = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
	bool ending;

	pulse_expect(ns);
	ending = ppoll(&p, 1, &ts, NULL) > 0;
	pulse_expect(0);
	return ending;
}

bool enforcer_stopping(struct enforcer *e)
{
	return enforcer_wait(e, 0);
}
