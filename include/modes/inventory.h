/*
 * inventory - the running containers: their params, cgroup slots, positions and what the rules last said.
 *
 * One lock, which guards the list for a copy or a swap: it is never held over I/O, while rules run, or while
 * anything is logged. Docker is asked first, the answer is put in afterwards. Every function may be called
 * from any thread.
 */
#ifndef DE_MODES_INVENTORY_H
#define DE_MODES_INVENTORY_H

#include "base/config.h"
#include "docker/docker.h"
#include "enforce/actions.h"
#include "enforce/judge.h"
#include "history/owners.h"
#include "metrics/metrics.h"
#include "container/container.h"

struct inventory;

/* Borrows all; `metrics` may be NULL (DISABLE_METRICS). */
struct inventory *inventory_new(const struct config *config, struct docker *docker, struct metrics *metrics,
				struct owners *owners);
void inventory_free(struct inventory *inv);

/* Ids of containers that are to be read. */
struct unread {
	char **ids;
	size_t count;
};

/*
 * Brings the inventory in line with a fresh list from Docker, but for what has to be read first: what is new,
 * stale, or (without CACHE_PARAMS) everything is in *out, for inventory_free_unread(). `gone` is called for
 * each container that does not run any more.
 */
int inventory_follow(struct inventory *inv, void (*gone)(void *arg, const char *id), void *arg,
		     struct unread *out, struct err *err);
void inventory_free_unread(struct unread *u);

/*
 * PUT_RESTARTED: it is known, but was started anew since: nothing of what was found of it holds any more.
 * PUT_GONE: it is gone or does not run, and is not in the inventory.
 */
enum inventory_put { PUT_NEW, PUT_RESTARTED, PUT_SAME, PUT_GONE };

/* Inspects one container anew. -1 with *err where that could not be done: what was known of it stays. */
int inventory_update(struct inventory *inv, const char *id, enum inventory_put *put, struct err *err);

/* Its params may have changed: they are to be read again. */
void inventory_mark_stale(struct inventory *inv, const char *id);

/* What happened to any of them was not seen. */
void inventory_mark_all_stale(struct inventory *inv);

/* Ids, for the caller to free, of containers that are not measured and are to be read again for that: at
 * once, then more and more rarely. */
size_t inventory_find_lost(struct inventory *inv, char ***ids);

/* How many containers have a document that is too large to be read. */
size_t inventory_unreadable(struct inventory *inv);

/* How many containers are not measured, though they should. */
size_t inventory_unmeasured(struct inventory *inv);

/* It ended: what is being read of it just now does not count. */
void inventory_remove(struct inventory *inv, const char *id);

/* What is to be judged, and who is told of what was found. */
struct inspection {
	const struct policy *policy;
	struct judge_options options;
	const char *source; /* check_source */
	const char *id;	    /* only this container; NULL: all */
	uint64_t since_ns;  /* monotonic; 0: `again` is always false */
	/* Called without a lock, as soon as a container is judged, if there is something to say; all is
	 * borrowed. `again`: it was judged by all rules since since_ns already. */
	void (*found)(void *arg, struct container *c, const struct verdict *v, bool again);
	void *arg;
};

/*
 * Judges, from memory alone, one container after the other, each on references and copies: no lock is held
 * while rules run or `found` works. Each container is judged by one thread at a time; another that comes to
 * it waits. What is no longer there when its verdict comes is left out, what was read anew is judged again.
 * Returns the number of evaluations.
 */
uint64_t inventory_judge(struct inventory *inv, const struct inspection *what);

/*
 * Reads the container anew and judges it by what->policy, all rules: is what was ordered still to be done?
 * `found` and `id` are not used. Where it is not, the inventory has what was read.
 */
enum standing inventory_look(struct inventory *inv, const struct inspection *what,
			     const struct action_order *order, struct err *why);

/*
 * The host's figures (metrics/host.h) with `containers`, how many run, for rules of these needs: NULL where
 * none reads them, or dockerd is on another host. A new reference.
 */
struct json_object *inventory_read_host(struct inventory *inv, unsigned needs);

/*
 * Of all that run, as they are now, those that were let start before `beside` (may be NULL), and that one,
 * which is to run; NULL where no rule asks for groups. Evaluates rules. For groups_free().
 */
struct groups *inventory_make_groups(struct inventory *inv, const struct policy *p,
				     const struct judge_options *o, const char *source,
				     struct container *beside);

size_t inventory_count(struct inventory *inv); /* takes no lock */
bool inventory_has(struct inventory *inv, const char *id);

/*
 * Where that container stands in order of start, or would stand if it ran: after all that do, read or not, or
 * were let start. NULL or "": one that is not made yet.
 */
int64_t inventory_position(struct inventory *inv, const char *id);

/*
 * The same for one that is let start: until it runs its place is taken, so that many that are let start at
 * once do not all count as the next. `asked` is how the request calls it. For a minute at most: dockerd may
 * fail, and say so to nobody.
 */
int64_t inventory_expect(struct inventory *inv, struct container *c, const char *asked);

/* It does not start after all. */
void inventory_unexpect(struct inventory *inv, const char *asked);

/* Whether any is expected. Takes no lock. */
bool inventory_is_expecting(struct inventory *inv);

/*
 * dockerd has answered the request to start what was expected by that name: its id, false if none was. One
 * that runs keeps its place until it is read, which has to be done now: the event that tells of it may be
 * late.
 */
bool inventory_note_answered(struct inventory *inv, const char *asked, bool started, char id[65]);

/* Whether that was noted of it, until it is removed: when it starts again without a request, it is judged
 * too. */
bool inventory_was_let_start(struct inventory *inv, const char *id);
void inventory_forget_let_start(struct inventory *inv, const char *id);

/* Docker's events are followed, from a list on; or are not any more. */
void inventory_set_followed(struct inventory *inv, bool followed);

/* Whether all that run are known, read or not: positions are right. Takes no lock. */
bool inventory_is_settled(const struct inventory *inv);

/* inventory_position() where they are not: by a fresh list through `docker`, too. -1 with *err. */
int inventory_list_position(struct inventory *inv, struct docker *docker, const char *id, int64_t *out,
			    struct err *err);

/*
 * Asks dockerd who runs, and takes no account any more of those that have ended meanwhile, whose events are
 * under way: before somebody is refused for their number. True if there are any. Nobody waits for it but the
 * caller.
 */
bool inventory_note_ended(struct inventory *inv, struct docker *docker);

/* A copy of what is known of one container, for pages. */
struct inventory_entry {
	struct container *container; /* a reference */
	int64_t position;
	int slot;			 /* of metrics */
	char nested_in[METRICS_ID_SIZE]; /* the container within whose cgroup its own lies; "": none */
	bool measured;
	struct usage now, base;
	uint64_t *violated; /* hashes of the rules that it violates now */
	uint64_t *since_ns; /* monotonic */
	size_t violations;
	size_t put_off; /* how many of them are to be acted upon when their grace is over */
};

/* One of them; false if it is not there. For inventory_free_entries(), as a list would be. */
bool inventory_snapshot_one(struct inventory *inv, const char *id, struct inventory_entry **out);

/*
 * The container that a process is in, the outermost one: its id, and its name without a slash, in new
 * strings; both NULL: it is in none. One that is not in the inventory is asked of `docker`. -1 with *err
 * where that cannot be told now.
 */
int inventory_find_peer(struct inventory *inv, struct docker *docker, pid_t pid, char **id, char **name,
			struct err *err);

/* In order of position; for inventory_free_entries(). */
size_t inventory_snapshot(struct inventory *inv, struct inventory_entry **out);
void inventory_free_entries(struct inventory_entry *entries, size_t n);

#endif
