/* What the kernel has mounted in a container, by its mountinfo and the host's. */
#include "unit.h"

#include "container/actual_internal.h"

static const char host[] = "22 1 254:0 / / rw - ext4 /dev/vda rw\n"
			   "30 22 0:21 / /proc rw - proc proc rw\n"
			   "31 22 0:30 / /tmp rw - tmpfs tmpfs rw\n"
			   "32 22 254:16 / /data rw - ext4 /dev/vdb rw\n"
			   "33 22 254:16 /homes /srv/homes rw - ext4 /dev/vdb rw\n"
			   "34 22 0:40 /@ /pool rw - btrfs /dev/vdc rw\n";

typedef char *(*find_fn)(struct actual *a, const char *target, const char *expected);

static void expect(find_fn find, const char *own, const char *target, const char *expected,
		   const char *wanted)
{
	struct actual *a = actual_parse(own, host);
	char *found = find(a, target, expected);

	if (wanted)
		assert_string_equal(found, wanted);
	else
		assert_null(found);
	free(found);
	actual_free(a);
}

static void the_mounted_folder_counts(void **state)
{
	(void)state;
	/* what was asked for, whichever of its names that was */
	expect(actual_find_at, "1 0 254:0 /opt/a /a rw - ext4 x rw\n", "/a", "/opt/a", "/opt/a");
	expect(actual_find_at, "1 0 254:16 /homes/u /a rw - ext4 x rw\n", "/a", "/srv/homes/u",
	       "/srv/homes/u");
	expect(actual_find_at, "1 0 254:16 /homes/u /a rw - ext4 x rw\n", "/a", "/data/homes/u",
	       "/data/homes/u");
	expect(actual_find_at, "1 0 0:30 /x /a rw - tmpfs x rw\n", "/a", "/tmp/x", "/tmp/x");
	expect(actual_find_at, "1 0 0:40 /@/x /a rw - btrfs x rw\n", "/a", "/pool/x", "/pool/x");
	expect(actual_find_at, "1 0 254:0 / /a rw - ext4 x rw\n", "/a", "/", "/");
	/* something else */
	expect(actual_find_at, "1 0 254:0 /etc /a rw - ext4 x rw\n", "/a", "/opt/a", "/etc");
	expect(actual_find_at, "1 0 254:0 / /a rw - ext4 x rw\n", "/a", "/opt/a", "/");
	expect(actual_find_at, "1 0 254:16 /homes /a rw - ext4 x rw\n", "/a", "/opt/a", "/data/homes");
	expect(actual_find_at, "1 0 254:16 / /a rw - ext4 x rw\n", "/a", "/opt/a", "/data");
	expect(actual_find_at, "1 0 0:40 /@/x /a rw - btrfs x rw\n", "/a", "/opt/a", "/pool/x");
	/* a name that another mount hides is not the folder below it */
	expect(actual_find_at, "1 0 254:0 /data/u /a rw - ext4 x rw\n", "/a", "/data/u", "/data/u");
	/* removed since, and a name with a space */
	expect(actual_find_at, "1 0 254:0 /opt/a//deleted /a rw - ext4 x rw\n", "/a", "/opt/a", "/opt/a");
	expect(actual_find_at, "1 0 254:0 /my\\040files /a\\040b rw - ext4 x rw\n", "/a b", NULL,
	       "/my files");
	/* nothing of the host's, or not there */
	expect(actual_find_at, "1 0 0:99 / /a rw - tmpfs x rw\n", "/a", "/opt/a", NULL);
	expect(actual_find_at, "1 0 254:0 /etc /b rw - ext4 x rw\n", "/a", "/opt/a", NULL);
	expect(actual_find_at, "nonsense\n1 0\n\n", "/a", "/opt/a", NULL);
	/* what the container has mounted over it does not hide it */
	expect(actual_find_at, "1 0 254:0 /etc /a rw - ext4 x rw\n2 1 0:99 / /a rw - tmpfs x rw\n", "/a",
	       "/opt/a", "/etc");
}

/* A target below a link of the image's: /var/run/x is mounted at /run/x. */
static void a_target_that_is_moved_is_found(void **state)
{
	(void)state;
	expect(actual_find_left, "1 0 254:0 /etc /run/x rw - ext4 x rw\n", "/var/run/x", "/opt/a", "/etc");
	expect(actual_find_left,
	       "1 0 254:0 /etc /run/y rw - ext4 x rw\n2 0 254:0 /root /run/x rw - ext4 x rw\n", "/var/run/x",
	       "/opt/a", "/root");
	expect(actual_find_left,
	       "1 0 254:0 /etc /run/x rw - ext4 x rw\n2 0 254:0 /opt/a /run/y rw - ext4 x rw\n", "/var/run/x",
	       "/opt/a", "/opt/a");
	expect(actual_find_left,
	       "1 0 254:0 /var/lib/docker/c/hosts /etc/hosts rw - ext4 x rw\n2 0 0:21 / /proc rw - proc "
	       "p rw\n",
	       "/var/run/x", "/opt/a", NULL);
	expect(actual_find_left, "1 0 0:99 / /x rw - tmpfs x rw\n2 0 254:0 /etc /run/x rw - ext4 x rw\n",
	       "/x", "/opt/a", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_mounted_folder_counts),
					   cmocka_unit_test(a_target_that_is_moved_is_found)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
