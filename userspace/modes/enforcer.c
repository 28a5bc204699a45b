#include "modes/enforcer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "history/events.h"
#include "modes/wiring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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
	log_write(metrics_fell_back(e->metrics) ? LOG_WARNING_ : LOG_INFO_, "metrics come from %s: %s%s",
		  metrics_source(e->metrics), metrics_reason(e->metrics),
		  metrics_fell_back(e->metrics) ? "; METRICS_SOURCE=cgroupfs if that is as it should be"
						: "");
	return 0;
}

static int enable_needed(struct enforcer *e, const struct policy *p, struct err *err)
{
	if (e->metrics)
		metrics_watch_idle(e->metrics, p->needs & NEED_IDLE ? e->config->idle_cpu_percent : -1);
	return e->metrics && p->needs & NEED_NETWORK ? metrics_enable_network(e->metrics, err) : 0;
}

/* ---- the rules that were in force ---- */

#define KEPT "policy"

static void keep_policy(struct enforcer *e, const struct policy *p)
{
	AUTO(free_charp) char *text = e->state ? policy_keep(p) : NULL;

	if (text)
		state_keep(e->state, KEPT, clock_monotonic_ns(), text);
}

/*
 * What was last in force, for a start whose rules cannot be loaded: while nothing answers for the plugin,
 * nobody can use Docker at all. NULL where there is nothing, *err as it was, or where it cannot be used.
 */
static struct policy *recall_policy(struct enforcer *e, struct err *err)
{
	AUTO(free_charp) char *text = state_read(e->state, KEPT);
	AUTO(free_charp) char *origin = mem_printf("%s/state.db", e->config->state_dir);
	struct policy *p;
	struct err why;

	if (!text)
		return NULL;
	p = policy_load_kept(e->config, text, origin, &why);
	if (!p) {
		err_wrap(err, "and the rules that were in force before cannot be used (%s)", why.msg);
		return NULL;
	}
	log_error("the rules cannot be loaded, and those that were LAST IN FORCE (from %s) are served "
		  "instead; mend them and reload: %s",
		  origin, err->msg);
	problem_set(&e->reload, err->msg);
	return p;
}

static int load_policy(struct enforcer *e, struct err *err)
{
	struct policy *p = policy_load(e->config, e->config->rules_dir, NULL, err);

	if (p)
		keep_policy(e, p);
	else if (!(p = recall_policy(e, err)))
		return -1;
	e->policy = policy_slot_new(p);
	return enable_needed(e, p, err);
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

static int open_docker(struct enforcer *e, const char *token, struct err *err)
{
	const struct config *c = e->config;
	const struct docker_options options = {.socket = c->docker_socket,
					       .tls_verify = *c->docker_tls_verify,
					       .cert_path = c->docker_cert_path,
					       .timeout_s = (unsigned)c->docker_req_timeout_s,
					       .token = c->run_authz ? token : NULL};

	e->docker = docker_open(&options, err);
	return e->docker ? 0 : -1;
}

static int open_outlets(struct enforcer *e, struct err *err)
{
	struct outlets *o = &e->outlets;

	o->state = e->state;
	events_bound(e->config->history_max_mib);
	o->ledger = ledger_new();
	if (*e->config->audit_log && !(o->audit = audit_open(e->config->audit_log, err)))
		return -1;
	o->triggers = triggers_start(err);
	if (!o->triggers)
		return -1;
	/* the workers look through the check that connect_loops() makes, before anything is submitted */
	const struct actions_parts parts = {.docker = e->docker,
					    .ledger = o->ledger,
					    .audit = o->audit,
					    .judge = {check_look, check_judge_again, &e->check},
					    .per_minute = e->config->max_actions_per_minute,
					    .state = e->state};

	o->actions = actions_start(&parts, err);
	return o->actions ? 0 : -1;
}

static int open_authz(struct enforcer *e, const char *token, struct err *err)
{
	const struct authz_parts parts = {.config = e->config,
					  .policy = e->policy,
					  .inventory = e->inventory,
					  .owners = e->owners,
					  .outlets = e->outlets,
					  .token = token,
					  .started = check_started,
					  .arg = &e->check};

	if (!e->config->run_authz)
		return 0;
	e->authz = authz_new(&parts, err);
	return e->authz ? 0 : -1;
}

static void connect_loops(struct enforcer *e)
{
	e->check = (struct check){.config = e->config,
				  .policy = e->policy,
				  .inventory = e->inventory,
				  .owners = e->owners,
				  .metrics = e->metrics,
				  .outlets = e->outlets,
				  .stop = e->stop,
				  .watch_interval_ns = watch_choose_interval(e->config, e->metrics)};
	problem_init(&e->check.full);
	problem_init(&e->check.figures);
	e->periodic = (struct periodic){.check = &e->check};
	e->events = (struct events){.check = &e->check, .docker = e->docker, .authz = e->authz};
	e->watch = (struct watch){.check = &e->check};
	e->wiring = e->check.wiring = wiring_new(&e->check);
}

static int start_reading(struct enforcer *e, struct err *err)
{
	const struct reading_parts parts = {.inventory = e->inventory,
					    .arrived = check_arrived,
					    .drained = check_drained,
					    .gone = check_gone,
					    .arg = &e->check,
					    .source_of_new = check_source_of_start(e->config)};

	e->reading = reading_start(&parts, err);
	e->check.reading = e->reading;
	return e->reading ? 0 : -1;
}

static int open_parts(struct enforcer *e, struct err *err)
{
	char token[33];

	make_token(token);
	e->stop = stop_new(err);
	if (!e->stop || open_docker(e, token, err) || open_metrics(e, err) ||
	    state_open(e->config->state_dir, &e->state, err) || load_policy(e, err) || open_outlets(e, err))
		return -1;
	e->owners = owners_open(e->state);
	e->inventory = inventory_new(e->config, e->docker, e->metrics, e->owners);
	if (open_authz(e, token, err))
		return -1;
	connect_loops(e);
	atomic_store(&e->loaded_ns, clock_wall_ns());
	return start_reading(e, err);
}

struct enforcer *enforcer_new(const struct config *config, struct err *err)
{
	struct enforcer *e = mem_calloc(1, sizeof(*e));

	e->config = config;
	e->started_ns = clock_wall_ns();
	problem_init(&e->reload);
	if (!open_parts(e, err))
		return e;
	enforcer_free(e);
	return NULL;
}

void enforcer_free(struct enforcer *e)
{
	reading_stop(e->reading);
	wiring_free(e->wiring);
	actions_stop(e->outlets.actions);
	triggers_stop(e->outlets.triggers);
	inventory_free(e->inventory);
	authz_free(e->authz);
	audit_close(e->outlets.audit);
	metrics_close(e->metrics);
	policy_slot_free(e->policy);
	docker_close(e->docker);
	ledger_free(e->outlets.ledger);
	state_close(e->state);
	owners_free(e->owners);
	stop_free(e->stop);
	problem_destroy(&e->reload);
	free(e);
}

static void note_reload(struct enforcer *e, const char *what, const char *detail)
{
	const struct event event = {
		.wall_ns = clock_wall_ns(), .kind = "reload", .what = what, .detail = detail};

	events_note(e->state, &event);
}

static int reload(struct enforcer *e, struct err *err)
{
	struct policy *old = policy_slot_get(e->policy);
	struct policy *fresh = policy_load(e->config, e->config->rules_dir, old, err);
	AUTO(buf_free) struct buf changes = {0};
	int r = fresh ? enable_needed(e, fresh, err) : -1;

	if (!r) {
		policy_compare(old, fresh, &changes);
		keep_policy(e, fresh);
		policy_slot_swap(e->policy, fresh);
		actions_judge_again(e->outlets.actions);
		wiring_renew_all(e->wiring);
		log_info("rules reloaded: %s", changes.s);
		note_reload(e, "done", changes.s);
	} else {
		policy_put(fresh);
	}
	policy_put(old);
	return r;
}

int enforcer_reload(struct enforcer *e, struct err *err)
{
	int r = reload(e, err);

	atomic_store(&e->loaded_ns, clock_wall_ns());
	if (r)
		note_reload(e, "failed", err->msg);
	if (r)
		problem_set(&e->reload, err->msg);
	else
		problem_clear(&e->reload);
	return r;
}
