/* Whose things are: kept over a restart, and a name that several ask for at once is the first's. */
#include "unit.h"

#include "history/owners.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/var/tmp/de-owners-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"state.db", "state.db-wal", "state.db-shm"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

struct kept {
	struct state *state;
	struct owners *owners;
};

static struct kept open_kept(void)
{
	struct kept k;
	struct err err;

	assert_int_equal(state_open(dir, &k.state, &err), 0);
	k.owners = owners_open(k.state);
	return k;
}

static void close_kept(struct kept *k)
{
	state_close(k->state);
	owners_free(k->owners);
}

static struct ownership person(const char *name)
{
	struct ownership who;

	snprintf(who.owner, sizeof(who.owner), "%s", name);
	snprintf(who.maker, sizeof(who.maker), "%s", name);
	return who;
}

static const char *owner_of(const struct kept *k, enum owned_kind kind, const char *id)
{
	static struct ownership who;

	return owners_find(k->owners, kind, id, &who) ? who.owner : "nobody";
}

static void what_is_noted_is_there_after_a_restart(void **state)
{
	const struct ownership alice = person("alice"), bob = person("bob"), nobody = person("");
	struct kept k = open_kept();

	(void)state;
	owners_note(k.owners, OWNED_CONTAINER, "c1", &alice);
	owners_note(k.owners, OWNED_VOLUME, "c1", &bob); /* another kind, another thing */
	owners_note(k.owners, OWNED_CONTAINER, "c2", &alice);
	owners_note(k.owners, OWNED_CONTAINER, "c2", &bob);
	owners_note(k.owners, OWNED_CONTAINER, "c3", &nobody);
	owners_note(k.owners, OWNED_NETWORK, "n1", &bob);
	owners_end(k.owners, OWNED_NETWORK, "n1");
	close_kept(&k);
	k = open_kept();
	assert_string_equal(owner_of(&k, OWNED_CONTAINER, "c1"), "alice");
	assert_string_equal(owner_of(&k, OWNED_VOLUME, "c1"), "bob");
	assert_string_equal(owner_of(&k, OWNED_CONTAINER, "c2"), "bob");
	assert_string_equal(owner_of(&k, OWNED_CONTAINER, "c3"), "nobody");
	assert_string_equal(owner_of(&k, OWNED_NETWORK, "n1"), "bob"); /* for a week */
	close_kept(&k);
}

static void a_name_is_the_first_ones_and_lasts_once_it_is_made(void **state)
{
	const struct ownership alice = person("alice"), bob = person("bob");
	struct ownership holder;
	struct kept k = open_kept();

	(void)state;
	owners_claim(k.owners, "v", &alice, &holder);
	assert_string_equal(holder.owner, "alice");
	owners_claim(k.owners, "v", &bob, &holder);
	assert_string_equal(holder.owner, "alice");
	owners_confirm(k.owners, "v", &bob); /* his was refused, or lost */
	close_kept(&k);
	k = open_kept();
	assert_string_equal(owner_of(&k, OWNED_VOLUME, "v"), "nobody");
	owners_claim(k.owners, "v", &bob, &holder);
	owners_confirm(k.owners, "v", &bob);
	close_kept(&k);
	k = open_kept();
	assert_string_equal(owner_of(&k, OWNED_VOLUME, "v"), "bob");
	owners_claim(k.owners, "v", &alice, &holder); /* it is not there any more: dockerd says so */
	assert_string_equal(holder.owner, "alice");
	owners_confirm(k.owners, "v", &alice);
	assert_string_equal(owner_of(&k, OWNED_VOLUME, "v"), "alice");
	close_kept(&k);
}

static void nothing_is_kept_without_a_folder(void **state)
{
	const struct ownership alice = person("alice");
	struct owners *o = owners_open(NULL);
	struct ownership who;

	(void)state;
	owners_note(o, OWNED_CONTAINER, "c", &alice);
	assert_true(owners_find(o, OWNED_CONTAINER, "c", &who));
	assert_false(owners_find(NULL, OWNED_CONTAINER, "c", &who));
	owners_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_noted_is_there_after_a_restart, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(a_name_is_the_first_ones_and_lasts_once_it_is_made, make_dir,
						remove_dir),
		cmocka_unit_test(nothing_is_kept_without_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
