#include "enforce/deliver.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "view/verdict.h"

#include <stdlib.h>

/* ---- what all verdicts go through: ledger, triggers, audit log ---- */

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* The flat view that triggers and the audit log get; `rules` holds the names for as long as it is in use. */
static struct verdict_view view_of(const struct occasion *o, const struct verdict *v, const char *time,
				   const char **rules)
{
	const struct violation *first = verdict_leading(v);
	const struct container *c = o->container;

	for (size_t i = 0; i < v->count; i++)
		rules[i] = v->items[i].rule->name;
	rules[v->count] = NULL;
	return (struct verdict_view){
		.time = time,
		.id = c ? c->id : "",
		.name = c ? c->name : "",
		.image = c ? c->image : "",
		.labels = c ? c->labels : value_null(),
		.owner = o->owner,
		.source = o->source,
		.request = o->request,
		.mode = first->enforce ? "kill" : "warn",
		.action = o->action,
		.enforced = *o->action != 0,
		.violated_rule = first->rule->name,
		.violated_rules = rules,
		.message = or_empty(first->message),
		.description = or_empty(first->rule->description),
		.severity = or_empty(first->rule->severity),
		.error = or_empty(first->error),
	};
}

static void tell(const struct outlets *to, const struct policy *p, const struct occasion *o,
		 const struct verdict *v, struct tally tally, bool audited)
{
	const char **rules;
	char time[40], first[40];

	if (!v->count || (!triggers_wanted(p) && !(audited && to->audit)))
		return;
	clock_format(o->wall_ns, 'T', time, sizeof(time));
	clock_format(tally.first_ns, 'T', first, sizeof(first));
	rules = mem_calloc(v->count + 1, sizeof(*rules));
	struct verdict_view view = view_of(o, v, time, rules);

	view.count = tally.count;
	view.first = first;

	triggers_submit(to->triggers, p, &view);
	if (audited && to->audit)
		audit_add(to->audit, "verdict", verdict_view_to_json(&view));
	free(rules);
}

/* ---- checks ---- */

static void log_violation(const struct checked *c, const struct violation *v, const struct violation *act)
{
	const struct log_field fields[] = {{"CONTAINER_ID", c->container->id},
					   {"CONTAINER_NAME", c->container->name},
					   {"RULE", v->rule->name},
					   {"CHECK_SOURCE", c->source},
					   {NULL, NULL}};

	if (v->error)
		log_event(LOG_ERROR_, fields,
			  "rule \"%s\" failed on container %s (%.12s): %s; the container is left alone, mend "
			  "the rule",
			  v->rule->name, c->container->name, c->container->id, v->error);
	else
		log_event(LOG_WARNING_, fields,
			  "container %s (%.12s) is detected to violate the rule \"%s\" [%s]. %s the "
			  "container%s%s",
			  c->container->name, c->container->id, v->rule->name, c->source,
			  !act	     ? "Not stopping"
			  : v == act ? "Acting on"
				     : "Also found on",
			  v->message ? ": " : "", or_empty(v->message));
}

/* An onset, or a change: what lasts is counted, and told once. */
static bool is_news(const struct verdict *v)
{
	bool news = v->count && v->eased;

	for (size_t i = 0; i < v->count; i++)
		news = news || v->items[i].onset;
	return news;
}

static bool submit(const struct outlets *to, const struct checked *c, const struct violation *act)
{
	const struct action_order order = {.container = c->container,
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
}

/* ---- requests ---- */

static void log_decision(const struct decided *d)
{
	const char *name = !d->container	 ? ""
			   : *d->container->name ? d->container->name
						 : "<unnamed_container>";
	const struct log_field fields[] = {{"CONTAINER_NAME", name},	   {"REQUEST_METHOD", d->method},
					   {"REQUEST_URI", d->uri},	   {"REQUEST_USER", d->user},
					   {"CHECK_SOURCE", SOURCE_AUTHZ}, {NULL, NULL}};

	if (!*d->reason)
		return;
	log_event(LOG_WARNING_, fields, "authorization of %s %s%s%s for user %s: %s%s", d->method, d->uri,
		  *name ? " on container " : "", name, d->user,
		  d->refused ? "refused: " : "allowed in WARN mode, though: ", d->reason);
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
	json_add_str(j, "user", d->user);
	json_add_str(j, "method", d->method);
	json_add_str(j, "uri", d->uri);
	json_add_str(j, "name", d->container ? d->container->name : "");
	json_object_object_add(j, "allowed", json_object_new_boolean(!d->refused));
	json_object_object_add(j, "violated_rules", rules);
	json_add_str(j, "reason", d->reason);
	audit_add(audit, "authorization", j);
}

void deliver_decision(const struct outlets *to, const struct decided *d)
{
	AUTO(free_charp) char *request = mem_printf("%s %s", d->method, d->uri);
	AUTO(free_charp) char *place = mem_printf("%s %.200s", d->method, d->path);
	struct occasion o = {.owner = d->user,
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
	o.container = d->container;
	if (!o.container)
		return;
	tally = ledger_record(to->ledger, &o, d->on_container, true);
	tell(to, d->policy, &o, d->on_container, tally, false);
}
