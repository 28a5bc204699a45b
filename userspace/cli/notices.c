/* What an administrator is told at start, of what is legal and surely not meant. */
#include "notices_internal.h"
#include "base/log.h"
#include "container/hostpath.h"
#include "rules/needs.h"

#include <string.h>

static void tell_unknown_option(void *unused, const char *name, const char *nearest)
{
	(void)unused;
	log_warning("%s is no option, and has no effect; did you mean %s? (`run --help` lists all)", name,
		    nearest);
}

static bool is_any_mode_on(const struct config *c, const struct enforcer *e)
{
	return c->run_periodic || c->run_start_events || c->run_update_events || c->run_rename_events ||
	       c->run_authz || e->check.watch_interval_ns;
}

static void tell_of_modes(const struct config *c, const struct enforcer *e)
{
	if (!is_any_mode_on(c, e))
		log_warning("no mode is on, and nothing is ever checked: RUN_PERIODIC, RUN_START_EVENTS, "
			    "RUN_WATCH "
			    "or RUN_AUTHZ (docs/modes.md)");
	else if (c->run_periodic && !c->immediate_periodical_start && c->check_interval_s > 60 &&
		 !c->run_start_events && !e->check.watch_interval_ns)
		log_info("the first check comes in %ld s (CHECK_INTERVAL_S); IMMEDIATE_PERIODICAL_START=True "
			 "has it "
			 "come at once",
			 c->check_interval_s);
}

/* Rules that can never hold here. */
static void tell_of_rule(const struct config *c, const struct rule *rule)
{
	if (!rule->enabled || rule->needs == NEED_ALL)
		return;
	if (c->disable_metrics && rule->needs & NEED_MEASURED)
		log_warning("rule \"%s\" reads metrics and is never evaluated: DISABLE_METRICS=True",
			    rule->name);
	else if (c->disable_params && rule->needs & NEED_PARAMS)
		log_warning(
			"rule \"%s\" reads params and is never evaluated on what runs: DISABLE_PARAMS=True",
			rule->name);
}

static void tell_of_rules(const struct config *c, const struct policy *p)
{
	const struct rule_list *rules = &p->lists[FILE_RULES];

	for (size_t i = 0; i < rules->count; i++)
		tell_of_rule(c, &rules->items[i]);
	if (!rules->count)
		log_warning("there are no rules in %s/rules.json: nothing will be found", c->rules_dir);
	if (c->run_authz && *c->white_list && policy_can_act(p, c->mode))
		log_warning("WHITE_LIST=%s goes by names, which users choose when they create a container: "
			    "with the authorization plugin enforcing, exempt by whitelist_rules.json (image, "
			    "labels, owner) instead",
			    c->white_list);
}

void notices_tell(const struct config *c, struct enforcer *e)
{
	struct policy *p = policy_slot_get(e->policy);

	config_find_unknown(tell_unknown_option, NULL);
	tell_of_modes(c, e);
	tell_of_rules(c, p);
	if (!hostpath_is_visible())
		log_warning("symbolic links below bind sources are not followed: in a container this needs "
			    "--pid host and --cap-add SYS_PTRACE (docs/container.md)");
	policy_put(p);
}
