#include "metrics/metrics.h"
#include "base/clock.h"
#include "base/turn.h"
#include "cgroup_internal.h"
#include "idle_internal.h"
#include "process_internal.h"
#include "source_internal.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_WINDOW_NS (900 * NS_PER_MS)
#define PATIENCE_NS    (10 * NS_PER_S)

struct slot {
	bool used;
	pid_t pid;
	struct idle idle;
	pid_t beginning;     /* its first process, until that has begun the container's program; then 0 */
	uint64_t patient_ns; /* monotonic, until when that is waited for */
	bool looked, found;  /* for it, and by the latest collection */
	struct usage now;
	struct usage base;   /* for rates */
	struct usage middle; /* becomes base when it is old enough */
	char id[METRICS_ID_SIZE];
	char outer[METRICS_ID_SIZE]; /* the container within whose cgroup it lies; "": none */
	uint64_t ended_cpu_ns;	     /* of containers within its cgroup that have ended */
	struct usage fresh;	     /* of the collection under way */
	bool fresh_found;
};

struct metrics {
	struct source *source;
	struct metrics_decision decision;
	bool fell_back;
	struct turn sourcing; /* calls of the source follow one another */
	pthread_mutex_t lock; /* slots; never held over I/O */
	int slots;	      /* highest used + 1 */
	struct metrics_times times;
	long idle_percent; /* negative: nobody asks who is idle */
	struct slot slot[USAGE_MAX_SLOTS];
};

static struct source *open_source(const struct metrics_options *options, const struct metrics_decision *d,
				  struct err *err)
{
	if (d->kind == METRICS_BPF)
		return source_bpf_open(d->flush, err);
	if (d->kind == METRICS_CGROUPFS)
		return source_cgroupfs_open(err);
	return source_docker_open(options, err);
}

struct metrics *metrics_open(const struct metrics_options *options, struct err *err)
{
	struct metrics *m = mem_calloc(1, sizeof(*m));
	struct metrics_facts facts;

	metrics_probe(&facts);
	facts.docker_remote = options->docker_remote;
	if (metrics_decide(&facts, options->wanted, &m->decision, err))
		goto fail;
	m->source = open_source(options, &m->decision, err);
	if (!m->source && options->wanted == METRICS_AUTO && m->decision.kind == METRICS_BPF) {
		m->decision.kind = METRICS_CGROUPFS;
		m->fell_back = true;
		snprintf(m->decision.reason, sizeof(m->decision.reason), "BPF did not load: %.700s",
			 err->msg);
		m->source = open_source(options, &m->decision, err);
	}
	if (!m->source)
		goto fail;
	m->idle_percent = -1;
	turn_init(&m->sourcing);
	pthread_mutex_init(&m->lock, NULL);
	return m;
fail:
	free(m);
	return NULL;
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	m->source->close(m->source);
	turn_destroy(&m->sourcing);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

const char *metrics_source(const struct metrics *m)
{
	return m->source->name;
}

const char *metrics_reason(const struct metrics *m)
{
	return m->decision.reason;
}

bool metrics_fell_back(const struct metrics *m)
{
	return m->fell_back;
}

int metrics_enable_network(struct metrics *m, struct err *err)
{
	int r = 0;

	turn_take(&m->sourcing);
	if (m->source->enable_network)
		r = m->source->enable_network(m->source, err);
	turn_give(&m->sourcing);
	return r;
}

static int slot_take(struct metrics *m)
{
	int slot = 0;

	pthread_mutex_lock(&m->lock);
	while (slot < USAGE_MAX_SLOTS && m->slot[slot].used)
		slot++;
	if (slot < USAGE_MAX_SLOTS) {
		m->slot[slot] = (struct slot){.used = true};
		if (slot >= m->slots)
			m->slots = slot + 1;
	}
	pthread_mutex_unlock(&m->lock);
	return slot < USAGE_MAX_SLOTS ? slot : -1;
}

static void slot_give(struct metrics *m, int slot)
{
	pthread_mutex_lock(&m->lock);
	m->slot[slot].used = m->slot[slot].found = false;
	while (m->slots && !m->slot[m->slots - 1].used)
		m->slots--;
	pthread_mutex_unlock(&m->lock);
}

static struct slot *find_slot(struct metrics *m, const char *id)
{
	for (int i = 0; *id && i < m->slots; i++)
		if (m->slot[i].used && !strcmp(m->slot[i].id, id))
			return &m->slot[i];
	return NULL;
}

static void slot_name(struct metrics *m, int slot, const struct metrics_target *target, const char *outer)
{
	pthread_mutex_lock(&m->lock);
	m->slot[slot].patient_ns = clock_monotonic_ns() + PATIENCE_NS;
	m->slot[slot].pid = target->pid;
	m->slot[slot].beginning = m->decision.kind == METRICS_DOCKER ? 0 : target->pid;
	snprintf(m->slot[slot].id, METRICS_ID_SIZE, "%s", target->id);
	snprintf(m->slot[slot].outer, METRICS_ID_SIZE, "%s", outer);
	pthread_mutex_unlock(&m->lock);
}

void metrics_nested_in(struct metrics *m, int slot, char out[METRICS_ID_SIZE])
{
	pthread_mutex_lock(&m->lock);
	snprintf(out, METRICS_ID_SIZE, "%s",
		 slot >= 0 && find_slot(m, m->slot[slot].outer) ? m->slot[slot].outer : "");
	pthread_mutex_unlock(&m->lock);
}

int metrics_watch(struct metrics *m, const struct metrics_target *target, struct err *err)
{
	char outer[METRICS_ID_SIZE];
	int slot, r;

	turn_take(&m->sourcing);
	slot = slot_take(m);
	if (slot < 0) {
		turn_give(&m->sourcing);
		return err_set(err, ENOSPC, "metrics: more than %d containers; the others are not watched",
			       USAGE_MAX_SLOTS);
	}
	r = m->source->watch(m->source, slot, target, outer, err);
	if (r)
		slot_give(m, slot);
	else
		slot_name(m, slot, target, outer);
	turn_give(&m->sourcing);
	return r ? -1 : slot;
}

/* ---- cgroups within others' ---- */

static __u64 less(__u64 all, __u64 part)
{
	return all > part ? all - part : 0;
}

/* Takes what is another container's off the figures of the one within whose cgroup it lies. */
static void take_off(struct usage *u, const struct usage *inner)
{
	u->cpu_ns = less(u->cpu_ns, inner->cpu_ns);
	u->memory = less(u->memory, inner->memory);
	u->inactive_file = less(u->inactive_file, inner->inactive_file);
	u->oom_kills = less(u->oom_kills, inner->oom_kills);
	u->pids = less(u->pids, inner->pids);
	u->fields &= ~(__u32)USAGE_PRESSURE; /* that cannot be told apart */
}

/* The inner ones' figures as they were collected, before anything was taken off them. */
static struct usage own_usage(struct metrics *m, const struct slot *s)
{
	struct usage own = s->fresh;

	for (int i = 0; i < m->slots; i++)
		if (m->slot[i].used && m->slot[i].fresh_found && !strcmp(m->slot[i].outer, s->id))
			take_off(&own, &m->slot[i].fresh);
	own.cpu_ns = less(own.cpu_ns, s->ended_cpu_ns);
	return own;
}

/* A cgroup's CPU time has that of the ones that were within it for ever. */
static void leave_outer(struct metrics *m, int slot)
{
	struct slot *outer;

	pthread_mutex_lock(&m->lock);
	outer = find_slot(m, m->slot[slot].outer);
	if (outer)
		outer->ended_cpu_ns += m->slot[slot].fresh.cpu_ns;
	pthread_mutex_unlock(&m->lock);
}

void metrics_unwatch(struct metrics *m, int slot)
{
	turn_take(&m->sourcing);
	m->source->unwatch(m->source, slot);
	leave_outer(m, slot);
	slot_give(m, slot);
	turn_give(&m->sourcing);
}

static void slot_publish(struct slot *s, bool found, const struct usage *fresh)
{
	s->looked = !s->beginning;
	s->found = found;
	if (!found)
		return;
	s->now = *fresh;
	if (!s->middle.fields) {
		s->middle = *fresh;
	} else if (fresh->sampled_ns - s->middle.sampled_ns >= RATE_WINDOW_NS) {
		s->base = s->middle;
		s->middle = *fresh;
	}
}

static void publish(struct metrics *m)
{
	bool nested = false;

	for (int i = 0; i < m->slots; i++) {
		struct slot *s = &m->slot[i];

		s->fresh_found = s->used && !s->beginning && m->source->read(m->source, i, &s->fresh);
		nested = nested || (s->used && *s->outer);
	}
	for (int i = 0; i < m->slots; i++) {
		struct slot *s = &m->slot[i];
		struct usage own;

		if (!s->used)
			continue;
		own = nested || s->ended_cpu_ns ? own_usage(m, s) : s->fresh;
		slot_publish(s, s->fresh_found, &own);
	}
}

/*
 * Until the first process has begun its program, what is in the cgroup is the runtime: runc's init has up to
 * ten threads and some megabytes, for milliseconds, or longer on a busy host. With the turn, before figures
 * are read: what begins meanwhile has its own at the next collection. Not for ever: a program on a volume
 * that hangs never begins, and other programs can be sent in there.
 */
static void note_begun(struct metrics *m)
{
	struct process p;

	for (int i = 0; i < m->slots; i++) {
		struct slot *s = &m->slot[i];

		if (!s->used || !s->beginning)
			continue;
		if (clock_monotonic_ns() > s->patient_ns || !process_read(s->beginning, &p) || !p.no_program)
			s->beginning = 0;
	}
}

/* ---- who is idle ---- */

void metrics_watch_idle(struct metrics *m, long cpu_percent)
{
	pthread_mutex_lock(&m->lock);
	for (int i = 0; i < m->slots && m->idle_percent != cpu_percent; i++)
		m->slot[i].idle = (struct idle){0};
	m->idle_percent = cpu_percent;
	pthread_mutex_unlock(&m->lock);
}

/* One that is to be looked at; false if it is not. */
static bool copy_due(struct metrics *m, int slot, struct slot *out)
{
	const struct slot *s = &m->slot[slot];
	bool due;

	pthread_mutex_lock(&m->lock);
	due = s->used && s->found && s->now.fields & USAGE_CPU && idle_is_due(&s->idle, &s->now);
	if (due)
		*out = *s;
	pthread_mutex_unlock(&m->lock);
	return due;
}

/* What it received is only read of one that rests; its first look is what the next is compared with. */
static void look_whether_idle(struct metrics *m, struct slot *s, long percent)
{
	bool remote = m->decision.kind == METRICS_DOCKER, worked = idle_used_cpu(&s->idle, &s->now, percent);
	uint64_t received = s->now.rx_bytes;
	bool given = remote && s->now.fields & USAGE_NETWORK;

	if (!remote && (!worked || !s->idle.looked_ns))
		given = idle_read_received(s->pid, s->id, &received);
	idle_note(&s->idle, &s->now, worked, given, received);
}

/* With the turn: a slot is the same container's all the time. */
static void look_who_is_idle(struct metrics *m)
{
	long percent;
	struct slot s;

	pthread_mutex_lock(&m->lock);
	percent = m->idle_percent;
	pthread_mutex_unlock(&m->lock);
	for (int i = 0; percent >= 0 && i < m->slots; i++) {
		if (!copy_due(m, i, &s))
			continue;
		look_whether_idle(m, &s, percent);
		pthread_mutex_lock(&m->lock);
		m->slot[i].idle = s.idle;
		pthread_mutex_unlock(&m->lock);
	}
}

int metrics_collect(struct metrics *m, struct err *err)
{
	uint64_t start = clock_monotonic_ns();
	int r;

	turn_take(&m->sourcing);
	note_begun(m);
	r = m->source->collect(m->source, err);
	pthread_mutex_lock(&m->lock);
	if (!r)
		publish(m);
	if (!r) {
		m->times.count++;
		m->times.last_ns = clock_monotonic_ns() - start;
		m->times.total_ns += m->times.last_ns;
	}
	pthread_mutex_unlock(&m->lock);
	if (!r)
		look_who_is_idle(m);
	turn_give(&m->sourcing);
	return r;
}

bool metrics_read(struct metrics *m, int slot, struct usage *now, struct usage *base)
{
	bool found;

	if (slot < 0)
		return false;
	pthread_mutex_lock(&m->lock);
	found = m->slot[slot].used && m->slot[slot].found;
	*now = m->slot[slot].now;
	*base = m->slot[slot].base;
	if (m->slot[slot].idle.since_ns) {
		now->fields |= USAGE_IDLE;
		now->idle_ns = less(now->sampled_ns, m->slot[slot].idle.since_ns);
	}
	pthread_mutex_unlock(&m->lock);
	return found;
}

bool metrics_is_lost(struct metrics *m, int slot)
{
	bool lost;

	pthread_mutex_lock(&m->lock);
	lost = m->slot[slot].looked && !m->slot[slot].found;
	pthread_mutex_unlock(&m->lock);
	return lost;
}

struct metrics_times metrics_times(struct metrics *m)
{
	struct metrics_times t;

	pthread_mutex_lock(&m->lock);
	t = m->times;
	pthread_mutex_unlock(&m->lock);
	return t;
}

bool metrics_is_process_of(pid_t pid, const char *id)
{
	return !cgroup_is_others(pid, id);
}
