#include "rules/pattern.h"
#include "base/memory.h"

#include <errno.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/*
 * PCRE2 does not tell how far a match went towards its limit. So it is tried with a low one first, which
 * ordinary matches keep to, and again with higher ones; what is counted is the limit that sufficed.
 */
static const struct {
	unsigned matches; /* PCRE2's match limit */
	size_t work;
} tries[] = {{100, 10}, {5000, 500}, {200000, 20000}};

struct pattern *pattern_compile(const char *text, size_t len, bool whole, struct err *err)
{
	PCRE2_UCHAR reason[128];
	PCRE2_SIZE at;
	pcre2_code *code;
	int number;

	/* Subjects are data from users: invalid UTF-8 in them must neither crash nor hide a match. */
	code = pcre2_compile((PCRE2_SPTR)text, len,
			     PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C |
				     PCRE2_DOLLAR_ENDONLY | (whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0U),
			     &number, &at, NULL);
	if (!code) {
		pcre2_get_error_message(number, reason, sizeof(reason));
		err_set(err, EINVAL, "bad regular expression at character %zu: %s", at, (char *)reason);
		return NULL;
	}
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without JIT it only runs slower */
	return (struct pattern *)code;
}

void pattern_free(struct pattern *p)
{
	pcre2_code_free((pcre2_code *)p);
}

static void prepare(struct matcher *m)
{
	if (m->data)
		return;
	m->data = pcre2_match_data_create(1, NULL);
	m->limits = pcre2_match_context_create(NULL);
	pcre2_set_heap_limit(m->limits, 4096);
}

void matcher_free(struct matcher *m)
{
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->limits);
	*m = (struct matcher){0};
}

static bool is_limit(int r)
{
	return r == PCRE2_ERROR_MATCHLIMIT || r == PCRE2_ERROR_DEPTHLIMIT;
}

enum match pattern_match(const struct pattern *p, struct matcher *m, const char *s, size_t len, size_t *work)
{
	int r = PCRE2_ERROR_MATCHLIMIT;

	prepare(m);
	for (size_t i = 0; is_limit(r) && i < ARRAY_LEN(tries); i++) {
		pcre2_set_match_limit(m->limits, tries[i].matches);
		pcre2_set_depth_limit(m->limits, tries[i].matches);
		*work += tries[i].work;
		r = pcre2_match((const pcre2_code *)p, (PCRE2_SPTR)s, len, 0, 0, m->data, m->limits);
	}
	if (r >= 0)
		return MATCH_YES;
	return r == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_TOO_COSTLY;
}
