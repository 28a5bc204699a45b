/* Where paths lead on the host: links, what is absent, and what cannot be seen. */
#include "base/text.h"
#include "unit.h"

#include "container/hostpath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder; /* of its own, its path without links */

static int make_folder(void **state)
{
	char pattern[] = "/tmp/de-hostpath-XXXXXX";

	(void)state;
	folder = realpath(mkdtemp(pattern), NULL);
	return folder ? chdir(folder) : -1;
}

/* nftw(3) does not reach as deep as these tests go. */
static int remove_folder(void **state)
{
	AUTO(free_charp) char *command = mem_printf("rm -rf '%s'", folder);
	int r = system(command);

	(void)state;
	free(folder);
	return r;
}

static void leads_to(const char *path, const char *expected)
{
	AUTO(free_charp) char *from = mem_printf("%s/%s", folder, path);
	AUTO(free_charp)
	char *to = *expected == '/' ? mem_strdup(expected) : mem_printf("%s/%s", folder, expected);
	struct err err = {0};
	AUTO(free_charp) char *resolved = hostpath_resolve(from, &err);

	if (!resolved)
		fail_msg("%s: %s", path, err.msg);
	assert_string_equal(resolved, to);
}

static void links_are_followed(void **state)
{
	(void)state;
	assert_int_equal(mkdir("d", 0700) | mkdir("d/e", 0700), 0);
	assert_int_equal(symlink("d", "l") | symlink("/etc", "abs") | symlink("../abs/../usr", "d/chain") |
				 symlink("d/e/../e/.", "dots"),
			 0);
	leads_to("d/e", "d/e");
	leads_to("l/e", "d/e");
	leads_to("abs/passwd", "/etc/passwd");
	leads_to("dots", "d/e");
	leads_to("l/chain/lib", "/usr/lib");
	assert_int_equal(symlink("../../../../../../../../../../../..", "up"), 0);
	leads_to("up/etc", "/etc");
}

static void what_is_absent_is_text(void **state)
{
	(void)state;
	assert_int_equal(symlink("/nowhere/../etc/shadow", "dangling") | symlink("gone/../abs", "back"), 0);
	leads_to("d/x/y", "d/x/y");
	leads_to("dangling", "/etc/shadow");
	leads_to("l/new", "d/new");
	/* out of what is absent, links count again */
	leads_to("back/passwd", "/etc/passwd");
	leads_to("d/e/f", "d/e/f");
	assert_int_equal(close(creat("file", 0600)), 0);
	leads_to("file/below", "file/below"); /* ENOTDIR */
}

/* Links whose real path is longer than PATH_MAX: realpath(3) gives up, the kernel follows them. */
static void no_length_is_too_long(void **state)
{
	AUTO(buf_free) struct buf expected = {0};
	char name[201];

	(void)state;
	memset(name, 'a', 200);
	name[200] = 0;
	for (int part = 0; part < 8; part++) {
		AUTO(buf_free) struct buf target = {0};
		AUTO(free_charp) char *link = mem_printf("%s/part%d", folder, part);

		if (part)
			buf_printf(&target, "part%d/", part - 1);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(mkdir(name, 0700) | chdir(name), 0);
			buf_printf(&expected, "%s%s", expected.len ? "/" : "", name);
			buf_printf(&target, "%s%s", i ? "/" : "", name);
		}
		assert_int_equal(symlink(target.s, link), 0);
	}
	assert_int_equal(symlink("/etc", "end") | chdir(folder), 0);
	assert_true(expected.len > 4096);
	leads_to("part7", expected.s);
	leads_to("part7/end/passwd", "/etc/passwd");
}

static void what_cannot_be_seen_is_an_error(void **state)
{
	AUTO(free_charp) char *circle = mem_printf("%s/circle/x", folder);
	char component[300];
	struct err err;

	(void)state;
	assert_int_equal(symlink("circle", "circle"), 0);
	assert_null(hostpath_resolve(circle, &err));
	assert_int_equal(err.code, ELOOP);
	memset(component, 'b', sizeof(component) - 1);
	component[0] = '/';
	component[sizeof(component) - 1] = 0;
	assert_null(hostpath_resolve(component, &err));
	assert_int_equal(err.code, ENAMETOOLONG);
	assert_non_null(strstr(err.msg, "cannot be seen"));
	assert_null(hostpath_resolve("/proc/self/root/etc", &err));
	assert_int_equal(err.code, EACCES);
	assert_null(hostpath_resolve("/proc/thread-self", &err));
	assert_int_equal(symlink("/proc/mounts", "proc"), 0);
	AUTO(free_charp) char *proc = mem_printf("%s/proc", folder);
	assert_null(hostpath_resolve(proc, &err));
	leads_to("../../proc/sys/kernel", "/proc/sys/kernel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_followed),
		cmocka_unit_test(what_is_absent_is_text),
		cmocka_unit_test(no_length_is_too_long),
		cmocka_unit_test(what_cannot_be_seen_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
