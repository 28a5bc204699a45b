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

static void every_spelling_is_one(void **state)
{
	static const char *const spellings[] = {"busybox",
						"busybox:latest",
						"library/busybox",
						"docker.io/busybox",
						"docker.io/library/busybox:latest",
						"index.docker.io/busybox",
						"index.docker.io/library/busybox"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
		normalizes(spellings[i], "docker.io/library/busybox:latest");
	normalizes("a/b", "docker.io/a/b:latest");
	normalizes("a/b/c:v1.0", "docker.io/a/b/c:v1.0");
	normalizes("docker.io/docker.io/x", "docker.io/docker.io/x:latest");
}

static void registries_are_told_from_paths(void **state)
{
	(void)state;
	normalizes("localhost/a", "localhost/a:latest");
	normalizes("localhost:5000/a:1", "localhost:5000/a:1");
	normalizes("myhost/a", "docker.io/myhost/a:latest");
	normalizes("myhost:1/a", "myhost:1/a:latest");
	normalizes("r.example.org/a/b", "r.example.org/a/b:latest");
	normalizes("MYHOST/a", "MYHOST/a:latest");
	normalizes("[::1]:5000/a", "[::1]:5000/a:latest");
	normalizes("localhost:5000", "docker.io/library/localhost:5000"); /* a tag */
}

static void a_digest_is_worth_more_than_a_tag(void **state)
{
	(void)state;
	normalizes("busybox@sha256:" HEX64, "docker.io/library/busybox@sha256:" HEX64);
	normalizes("aaa/ok:trusted@sha256:" HEX64, "docker.io/aaa/ok@sha256:" HEX64);
	normalizes(HEX64, "sha256:" HEX64);
	normalizes("sha256:" HEX64, "sha256:" HEX64);
	normalizes("x@sha512:" HEX64 HEX64, "docker.io/library/x@sha512:" HEX64 HEX64);
	/* too short for an id: dockerd looks for that name first */
	normalizes("0123456789ab", "docker.io/library/0123456789ab:latest");
}

static void what_dockerd_refuses_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  ":1",
					  "@sha256:" HEX64,
					  "/a",
					  "a/",
					  "a//b",
					  "A",
					  "a/B",
					  "a:",
					  "a:-x",
					  "a:.x",
					  "a b",
					  " a",
					  "a\n",
					  "a:1\n",
					  "a..b",
					  "a___b",
					  "a.-b",
					  "-a",
					  "a-",
					  "a.",
					  "r.example.org/",
					  "-h.example/a",
					  "h-.example/a",
					  "h..example/a",
					  "h:/a",
					  "h:x/a",
					  "[::1/a",
					  "[zz]/a",
					  "[::1]x/a",
					  "[]/a",
					  "[::1]",
					  "a:1:2",
					  "a@1",
					  "a@sha256:0",
					  "a@sha256:" HEX64 "0",
					  "a@md5:" HEX64,
					  "a@sha256:" HEX64 "@sha256:" HEX64,
					  "a@sha256:" HEX64 ":1",
					  "\xc5\xbf"
					  "a",
					  "a:\xc3\xa9"};
	AUTO(free_charp) char *path = mem_printf("%0256d", 0);
	AUTO(free_charp) char *tag = mem_printf("a:%0129d", 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuses(bad[i]);
	refuses(path);
	refuses(tag);
	normalizes(tag + 1 + 1,
		   "docker.io/library/" /* 129 digits are a path */
		   "000000000000000000000000000000000000000000000000000000000000000000000000000000"
		   "000000000000000000000000000000000000000000000000000:latest");
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
		cmocka_unit_test(every_spelling_is_one),
		cmocka_unit_test(registries_are_told_from_paths),
		cmocka_unit_test(a_digest_is_worth_more_than_a_tag),
		cmocka_unit_test(what_dockerd_refuses_is_refused),
		cmocka_unit_test(people_read_the_short_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
