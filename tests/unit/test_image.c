/* Names of images, as dockerd reads them. */
#include "unit.h"

#include "container/image.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void normalizes(const char *reference, const char *expected)
{
	AUTO(free_charp) char *got = image_normalize(reference);

	if (!got)
		fail_msg("\"%s\" is refused", reference);
	assert_string_equal(got, expected);
}

static void refuses(const char *reference)
{
	AUTO(free_charp) char *got = image_normalize(reference);

	if (got)
		fail_msg("\"%s\" became \"%s\"", reference, got);
}

/* "reference<tab>normalized" in each line, "-" for what dockerd refuses; images.bats asks dockerd for the
 * same. */
static void names_are_read_as_dockerd_reads_them(void **state)
{
	FILE *f = fopen("tests/fixtures/image_names", "re");
	char line[1024];
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); n++) {
		char *expected = strchr(line, '\t');

		assert_non_null(expected);
		*expected++ = 0;
		expected[strcspn(expected, "\n")] = 0;
		if (strcmp(expected, "-") != 0)
			normalizes(line, expected);
		else
			refuses(line);
	}
	fclose(f);
	assert_true(n > 60);
}

/* Which dockerd's URLs cannot hold, or its versions take differently. */
static void further_names(void **state)
{
	static const char *const bad[] = {"", "/a", "a/", "a//b", "r.example.org/", "a\n", "a:1\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuses(bad[i]);
	normalizes("MYHOST/a", "MYHOST/a:latest");
	normalizes("[::1]:5000/a", "[::1]:5000/a:latest");
}

static void people_read_the_short_name(void **state)
{
	(void)state;
	assert_string_equal(image_familiar("docker.io/library/busybox:latest"), "busybox:latest");
	assert_string_equal(image_familiar("docker.io/a/b:1"), "a/b:1");
	assert_string_equal(image_familiar("docker.io/library/a/b:1"), "library/a/b:1");
	assert_string_equal(image_familiar("r.example/library/a:1"), "r.example/library/a:1");
	assert_string_equal(image_familiar("sha256:" HEX64), "sha256:" HEX64);
	/* where the short name is another's */
	assert_string_equal(image_familiar("docker.io/docker.io/x:1"), "docker.io/docker.io/x:1");
	assert_string_equal(image_familiar("docker.io/library/sha256:" HEX64), "library/sha256:" HEX64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_as_dockerd_reads_them),
		cmocka_unit_test(further_names),
		cmocka_unit_test(people_read_the_short_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
