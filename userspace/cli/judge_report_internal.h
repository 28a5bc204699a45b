/* judge_report - a verdict of `judge`, told to people or as JSON, by the name of what was judged. For cli/
 * only. */
#ifndef DE_CLI_JUDGE_REPORT_INTERNAL_H
#define DE_CLI_JUDGE_REPORT_INTERNAL_H

#include "offline_internal.h"

struct judge_report {
	const struct policy *policy;
	const char *file;
	bool explain, view, json;
	const char *service;		 /* of the compose file, or NULL */
	struct json_object *explanation; /* an array while a document is judged */
};

void judge_report_begin(struct judge_report *r, const char *service);

/* An offline_seen_fn, for a struct judge_report. */
void judge_report_seen(void *arg, const struct offline_seen *seen);

/* Prints it; whether a rule was violated, or the request could not be read. */
bool judge_report_verdict(struct judge_report *r, const struct offline_input *in,
			  const struct authz_result *verdict);
void judge_report_end(struct judge_report *r);

#endif
