#include "enforce/deliver.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "history/events.h"
#include "view/verdict.h"

#include <stdlib.h>
#include <string.h>

/* ---- what all verdicts go through: ledger, triggers, audit log ---- */

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* What is told of a verdict; what of it is no longer than may be told is borrowed. */
struct told {
	struct verdict_view view;
	char time[40], first[40], action_at[40];
	const char **rules;
	struct json_object *labels;
	char *cut[8];
	size_t cuts;
};

static const char *shorten(struct told *t, const char *s)
{
	if (strnlen(s, VERDICT_TEXT_MAX + 1) <= VERDICT_TEXT_MAX)
		return s;
	return t->cut[t->cuts++] = str_cut(s, VERDICT_TEXT_MAX);
}

static void told_free(struct told *t)
{
	for (size_t i = 0; i < t->cuts; i++)
		free(t->cut[i]);
	json_object_put(t->labels);
	free(t->rules);
}

/* The flat view that triggers and the audit log get. */
static void tell_of(struct told *t, const struct occasion *o, const struct verdict *v, struct tally tally)
{
	const struct violation *first = verdict_leading(v);
	const struct container *c = o->container;

	t->rules = mem_calloc(v->count + 1, sizeof(*t->rules));
	for (size_t i = 0; i < v->count; i++)
		t->rules[i] = v->items[i].rule->name;
	clock_format(o->wall_ns, 'T', t->time, sizeof(t->time));
	clock_format(tally.first_ns, 'T', t->first, sizeof(t->first));
	if (o->action_at_ns)
		clock_format_rfc3339(o->action_at_ns, t->action_at, sizeof(t->action_at));
	t->labels = verdict_labels(c ? c->labels : value_null());
	t->view = (struct verdict_view){
		.time = t->time,
		.id = shorten(t, c ? c->id : ""),
		.name = shorten(t, c ? c->name : ""),
		.image = shorten(t, c ? c->image : ""),
		.labels = value_from_json(t->labels),
		.owner = shorten(t, o->owner),
		.source = o->source,
		.request = shorten(t, o->request),
		.mode = first->enforce ? "kill" : "warn",
		.action = o->action,
		.action_at = t->action_at,
		.enforced = *o->action != 0,
		.violated_rule = first->rule->name,
		.violated_rules = t->rules,
		.message = or_empty(first->message),
		.description = or_empty(first->rule->description),
		.severity = or_empty(first->rule->severity),
		.error = or_empty(first->error),
		.count = tally.count,
		.first = t->first,
	};
}

static void tell(const struct outlets *to, const struct policy *p, const struct occasion *o,
		 const struct verdict *v, struct tally tally, bool audited)
{
	struct told t = {0};

	if (!v->count || (!triggers_wanted(p) && !(audited && to->audit)))
		return;
	tell_of(&t, o, v, tally);
	triggers_submit(to->triggers, p, &t.view);
	if (audited && to->audit)
		audit_add(to->audit, "verdict", verdict_view_to_json(&t.view));
	told_free(&t);
}

/* ---- history ---- */

/* Each time that the number of times has doubled: what somebody asks for without end fills nothing. */
static bool is_noted(const struct tally *t)
{
	return !(t->count & (t->count - 1));
}

static void note(const struct outlets *to, const struct occasion *o, const struct verdict *v,
		 const struct tally *t, const char *kind)
{
	for (size_t i = 0; to->state && i < v->count; i++) {
		const struct violation *x = &v->items[i];
		const struct event e = {.wall_ns = o->wall_ns,
					.kind = kind,
					.id = o->container ? o->container->id : "",
					.name = o->container ? o->container->name : "",
					.owner = o->owner,
					.rule = x->rule->name,
					.source = o->source,
					.what = *o->request ? o->request : o->action,
					.detail = x->error ? x->error : or_empty(x->message),
					.count = t->count};

		events_note(to->state, &e);
	}
}

/* ---- checks ---- */

/* What follows for the container. */
static void put_consequence(struct buf *out, const struct violation *v, const struct violation *act)
{
	char at[40];

	if (!v->action_at_ns) {
		buf_puts(out, !act	 ? "Not stopping the container"
			      : v == act ? "Acting on the container"
					 : "Also found on the container");
		return;
	}
	clock_format_rfc3339(v->action_at_ns, at, sizeof(at));
	buf_printf(out, "Not yet: %s at %s, if it lasts", action_name(v->rule->action), at);
}

static void log_violation(const struct checked *c, const struct violation *v, const struct violation *act)
{
	AUTO(buf_free) struct buf consequence = {0};
	const struct log_field fields[] = {{"CONTAINER_ID", c->container->id},
					   {"CONTAINER_NAME", c->container->name},
					   {"RULE", v->rule->name},
					   {"CHECK_SOURCE", c->source},
					   {NULL, NULL}};

	put_consequence(&consequence, v, act);
	if (v->error)
		log_event(LOG_ERROR_, fields,
			  "rule \"%s\" failed on container %s (%.12s): %s; the container is left alone, mend "
			  "the rule",
			  v->rule->name, c->container->name, c->container->id, v->error);
	else
		log_event(LOG_WARNING_, fields,
			  "container %s (%.12s) is detected to violate the rule \"%s\" [%s]. %s%s%s",
			  c->container->name, c->container->id, v->rule->name, c->source, consequence.s,
			  v->message ? ": " : "", or_empty(v->message));
}

/* An onset, a change, or a reminder: what lasts is counted, and told once. */
static bool is_news(const struct verdict *v)
{
	bool news = v->count && v->eased;

	for (size_t i = 0; i < v->count; i++)
		news = news || v->items[i].news;
	return news;
}

/* The next of those that are put off; 0: none is. */
static uint64_t find_action_at(const struct verdict *v)
{
	uint64_t next = 0;

	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].action_at_ns && (!next || v->items[i].action_at_ns < next))
			next = v->items[i].action_at_ns;
	return next;
}

static bool submit(const struct outlets *to, const struct checked *c, const struct violation *act)
{
	AUTO(json_putp) struct json_object *update = act->update ? verdict_update(c->verdict) : NULL;
	const struct action_order order = {.container = c->container,
					   .update = update ? json_object_to_json_string(update) : NULL,
					   .action = act->rule->action,
					   .rule = act->rule->name,
					   .rule_hash = act->rule->hash,
					   .source = c->source};

	return actions_submit(to->actions, &order);
}

void deliver_check(const struct outlets *to, const struct checked *c)
{
	const struct violation *act = verdict_strongest(c->verdict);
	const struct occasion o = {.container = c->container,
				   .owner = c->owner,
				   .source = c->source,
				   .request = "",
				   .action = act ? action_name(act->rule->action) : "",
				   .action_at_ns = find_action_at(c->verdict),
				   .wall_ns = clock_wall_ns()};
	bool news = is_news(c->verdict);
	struct tally tally;

	for (size_t i = 0; news && i < c->verdict->count; i++)
		log_violation(c, &c->verdict->items[i], act);
	tally = ledger_record(to->ledger, &o, c->verdict, news || c->every_time);
	if (act && submit(to, c, act) && !news)
		log_violation(c, act, act);
	if (news)
		tell(to, c->policy, &o, c->verdict, tally, true);
	if (news)
		note(to, &o, c->verdict, &tally, "detection");
}

/* ---- requests ---- */

/* Of a line of the log, whose 4,095 bytes are for the reason. */
#define LOGGED_URI_MAX	300
#define LOGGED_NAME_MAX 100

static void log_decision(const struct decided *d)
{
	const char *name = !d->container	 ? ""
			   : *d->container->name ? d->container->name
						 : "<unnamed_container>";
	const struct log_field fields[] = {{"CONTAINER_NAME", name},	   {"REQUEST_METHOD", d->method},
					   {"REQUEST_URI", d->uri},	   {"REQUEST_USER", d->user},
					   {"CHECK_SOURCE", SOURCE_AUTHZ}, {NULL, NULL}};
	AUTO(free_charp) char *uri = str_cut(d->uri, LOGGED_URI_MAX);
	AUTO(free_charp) char *on = str_cut(name, LOGGED_NAME_MAX);
	AUTO(free_charp) char *user = str_cut(d->user, LOGGED_NAME_MAX);
	AUTO(free_charp) char *method = str_cut(d->method, LOGGED_NAME_MAX);

	if (!*d->reason)
		return;
	/* what was decided first: the rest is written by whoever asks, as long as they like */
	log_event(LOG_WARNING_, fields, "authorization %s for user %s: %s %s%s%s: %s",
		  d->refused ? "refused" : "allowed in WARN mode", user, method, uri,
		  *on ? " on container " : "", on, d->reason);
}

static void add_cut(struct json_object *j, const char *key, const char *text)
{
	AUTO(free_charp) char *cut = str_cut(text, VERDICT_TEXT_MAX);

	json_add_str(j, key, cut);
}

static void add_peer(struct json_object *j, const struct identity *peer)
{
	struct json_object *p;

	if (!peer || !peer->user)
		return;
	p = json_object_new_object();
	json_add_uint(p, "uid", peer->uid);
	json_add_uint(p, "gid", peer->gid);
	json_add_int(p, "pid", peer->pid);
	if (peer->container)
		json_add_str(p, "container", peer->container);
	json_object_object_add(j, "peer", p);
}

/* Every decision, with the rules that were broken. */
static void audit_decision(struct audit *audit, const struct decided *d)
{
	const struct verdict *verdicts[] = {d->on_request, d->on_container};
	struct json_object *j, *rules;

	if (!audit)
		return;
	j = json_object_new_object();
	rules = json_object_new_array();
	for (size_t k = 0; k < ARRAY_LEN(verdicts); k++)
		for (size_t i = 0; i < verdicts[k]->count; i++)
			json_object_array_add(rules,
					      json_object_new_string(verdicts[k]->items[i].rule->name));
	add_cut(j, "user", d->user);
	add_peer(j, d->peer);
	add_cut(j, "owner", d->owner);
	add_cut(j, "method", d->method);
	add_cut(j, "uri", d->uri);
	add_cut(j, "name", d->container ? d->container->name : "");
	json_object_object_add(j, "allowed", json_object_new_boolean(!d->refused));
	json_object_object_add(j, "violated_rules", rules);
	add_cut(j, "reason", d->reason);
	audit_add(audit, "authorization", j);
}

void deliver_decision(const struct outlets *to, const struct decided *d)
{
	AUTO(free_charp) char *request = mem_printf("%s %s", d->method, d->uri);
	AUTO(free_charp) char *path = str_cut(d->path, 200);
	AUTO(free_charp) char *place = mem_printf("%s %s", d->method, path);
	struct occasion o = {.owner = d->owner,
			     .source = SOURCE_AUTHZ,
			     .request = request,
			     .place = place,
			     .action = d->refused ? "refuse" : "",
			     .done = d->refused ? "refused" : NULL,
			     .wall_ns = clock_wall_ns()};
	struct tally tally;

	log_decision(d);
	audit_decision(to->audit, d);
	tally = ledger_record(to->ledger, &o, d->on_request, true);
	tell(to, d->policy, &o, d->on_request, tally, false);
	if (is_noted(&tally))
		note(to, &o, d->on_request, &tally, d->refused ? "refusal" : "detection");
	o.container = d->container;
	if (!o.container)
		return;
	tally = ledger_record(to->ledger, &o, d->on_container, true);
	tell(to, d->policy, &o, d->on_container, tally, false);
	if (is_noted(&tally))
		note(to, &o, d->on_container, &tally, d->refused ? "refusal" : "detection");
}
