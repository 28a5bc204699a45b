/*
 * deliver - the one way out of a verdict, whoever came to it: log, ledger, triggers, audit log, actions. Any
 * thread; holds no lock.
 */
#ifndef DE_ENFORCE_DELIVER_H
#define DE_ENFORCE_DELIVER_H

#include "enforce/actions.h"
#include "enforce/audit.h"
#include "enforce/judge.h"
#include "enforce/ledger.h"
#include "enforce/triggers.h"
#include "relay/identity.h"

/* Where verdicts go; all borrowed. */
struct outlets {
	struct ledger *ledger;
	struct actions *actions;
	struct triggers *triggers;
	struct audit *audit; /* NULL without AUDIT_LOG */
	struct state *state; /* for history (history/events.h); NULL without STATE_DIR */
};

/* A container that a check has judged, by the rules of `policy`. */
struct checked {
	const struct policy *policy;
	struct container *container;
	const struct verdict *verdict;
	const char *owner, *source; /* `source` lives for ever */
	bool every_time;	    /* count it though it was found before: not for each tick of watch */
};

/* Reports what is violated, unless it was before and nothing changed, and has the strongest enforced rule's
 * action done. */
void deliver_check(const struct outlets *to, const struct checked *c);

/* A request to dockerd that was decided. */
struct decided {
	const struct policy *policy;
	const char *method, *uri;	   /* as the client wrote them */
	const char *path;		   /* decoded, without a version; "" where it could not be read */
	const char *user;		   /* the client certificate's name */
	const char *owner;		   /* to whom it is accounted */
	const struct identity *peer;	   /* who that is, where the relay says it (user NULL: it does not) */
	const struct container *container; /* that would result; NULL: none, or none could be made out */
	const struct verdict *on_request, *on_container;
	bool refused;
	const char *reason; /* "": allowed, and nothing was violated */
};

/* Reports the decision, also one to allow that broke no rule: the audit log has them all. */
void deliver_decision(const struct outlets *to, const struct decided *d);

#endif
