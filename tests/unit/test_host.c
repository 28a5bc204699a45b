/* Which Host headers are ours. */
#include "unit.h"

#include "http/host_internal.h"

#include <unistd.h>

static void ours_are_taken(void **state)
{
	static const char *const ours[] = {"127.0.0.1", "127.0.0.1:8888", "10.1.2.3:80",    "[::1]:8888",
					   "[fe80::1]", "localhost",	  "LocalHost:8888", "localhost.",
					   "enforcer",	"enforcer:9",	  "ops.example.org"};
	char own[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (!host_is_ours(ours[i], "enforcer, ops.example.org"))
			fail_msg("\"%s\" is refused", ours[i]);
	assert_int_equal(gethostname(own, sizeof(own)), 0);
	assert_true(host_is_ours(own, ""));
}

static void others_are_not(void **state)
{
	static const char *const others[] = {"",
					     "evil.example",
					     "localhost.evil.example",
					     "127.0.0.1.evil.org",
					     "evil.example:8888",
					     "enforcer.evil.org",
					     "[::1",
					     "[::1]x",
					     "[evil]",
					     "127.0.0.1:x",
					     "2130706433",
					     "0x7f.1",
					     "127.1",
					     "::1",
					     "localhost:1:2",
					     ".",
					     "evil.example,enforcer",
					     "en forcer",
					     "127.0.0.1 evil",
					     ":8888",
					     "evil@localhost"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (host_is_ours(others[i], "enforcer,ops.example.org"))
			fail_msg("\"%s\" is taken", others[i]);
	assert_false(host_is_ours("enforcer", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_are_taken),
		cmocka_unit_test(others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
