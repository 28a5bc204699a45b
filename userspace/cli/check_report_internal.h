/* check_report - what `check` found, in the form that was asked for. For cli/ only. */
#ifndef DE_CLI_CHECK_REPORT_INTERNAL_H
#define DE_CLI_CHECK_REPORT_INTERNAL_H

#include "enforce/policy_check.h"

struct check_options {
	void (*print)(const struct policy_report *r, const struct check_options *options);
	bool plain; /* each rule in plain words too */
	const char *dir;
};

void check_print_text(const struct policy_report *r, const struct check_options *options);
void check_print_json(const struct policy_report *r, const struct check_options *options);
void check_print_github(const struct policy_report *r, const struct check_options *options);
void check_print_junit(const struct policy_report *r, const struct check_options *options);

#endif
