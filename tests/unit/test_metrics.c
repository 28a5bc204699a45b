/* Which source a host gets, pressure that stands still, and metrics as rules see them. */
#include "unit.h"

#include "metrics/idle_internal.h"

#include "metrics/bpf_internal.h"
#include "metrics/source_internal.h"
#include "base/clock.h"
#include "base/memory.h"
#include "metrics/metrics.h"
#include "view/figures.h"

static const struct metrics_facts modern = {.btf = true,
					    .flush_css = true,
					    .cgroup_iter = true,
					    .unified = true,
					    .memory = true,
					    .pids = true,
					    .bpf_permitted = true};

static void bpf_is_preferred(void **state)
{
	struct metrics_decision d;
	struct err err;

	(void)state;
	assert_int_equal(metrics_decide(&modern, METRICS_AUTO, &d, &err), 0);
	assert_int_equal(d.kind, METRICS_BPF);
	assert_int_equal(d.flush, FLUSH_CSS);
}

static void flush_follows_the_kernel(void **state)
{
	struct metrics_facts old = modern, new = modern;
	struct metrics_decision d;
	struct err err;

	(void)state;
	old.flush_css = false;
	old.flush_cgroup = true;
	assert_int_equal(metrics_decide(&old, METRICS_AUTO, &d, &err), 0);
	assert_int_equal(d.flush, FLUSH_CGROUP);
	old.flush_cgroup = false;
	assert_int_equal(metrics_decide(&old, METRICS_AUTO, &d, &err), 0);
	assert_int_equal(d.flush, 0);
	new.flush_memcg = true;
	assert_int_equal(metrics_decide(&new, METRICS_AUTO, &d, &err), 0);
	assert_int_equal(d.flush, FLUSH_CSS | FLUSH_MEMCG);
}

static void obstacles_lead_to_cgroupfs(void **state)
{
	static const size_t facts[] = {
		offsetof(struct metrics_facts, btf), offsetof(struct metrics_facts, cgroup_iter),
		offsetof(struct metrics_facts, bpf_permitted), offsetof(struct metrics_facts, unified)};
	struct metrics_decision d;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		struct metrics_facts f = modern;

		*(bool *)((char *)&f + facts[i]) = false;
		assert_int_equal(metrics_decide(&f, METRICS_AUTO, &d, &err), 0);
		assert_int_equal(d.kind, METRICS_CGROUPFS);
		assert_true(d.reason[0]);
		assert_int_equal(metrics_decide(&f, METRICS_BPF, &d, &err), -1);
		assert_contains(err.msg, "METRICS_SOURCE=bpf");
	}
}

/* As libbpf 1.1 wrote them on 7.2, on a kernel that permits none, and on a field that no flavour has. */
static void the_line_that_says_why_is_kept(void **state)
{
	char kept[384] = "";

	(void)state;
	complaint_add(kept, sizeof(kept),
		      "libbpf: prog 'walk_hierarchy': BPF program load failed: Invalid argument\n");
	complaint_add(
		kept, sizeof(kept),
		"libbpf: prog 'walk_hierarchy': -- BEGIN PROG LOAD LOG --\n"
		"Func#1 is safe for any args that match its prototype\n"
		"failed to resolve CO-RE relocation <byte_off> [70] struct psi_group.avg (0:1 @ offset 8)\n"
		"processed 33 insns (limit 1000000) max_states_per_insn 0 total_states 2\n"
		"-- END PROG LOAD LOG --\n");
	complaint_add(kept, sizeof(kept), "libbpf: failed to load object 'walk_bpf'\n");
	assert_string_equal(kept,
			    "prog 'walk_hierarchy': BPF program load failed: Invalid argument; failed to "
			    "resolve CO-RE relocation <byte_off> [70] struct psi_group.avg (0:1 @ offset 8)");
	*kept = 0;
	complaint_add(kept, sizeof(kept),
		      "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\n-- END PROG LOAD LOG --\n");
	assert_string_equal(kept, "");
	complaint_add(kept, 9, "libbpf: a line longer than there is room for\n");
	complaint_add(kept, 9, "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\nno\n-- END PROG LOAD LOG --\n");
	assert_string_equal(kept, "a line l");
}

static void remote_docker_gives_its_own_metrics(void **state)
{
	struct metrics_facts f = modern;
	struct metrics_decision d;
	struct err err;

	(void)state;
	f.docker_remote = true;
	assert_int_equal(metrics_decide(&f, METRICS_AUTO, &d, &err), 0);
	assert_int_equal(d.kind, METRICS_DOCKER);
	assert_int_equal(metrics_decide(&f, METRICS_BPF, &d, &err), -1);
	assert_int_equal(metrics_decide(&f, METRICS_CGROUPFS, &d, &err), -1);
}

static void without_anything_docker_is_asked(void **state)
{
	struct metrics_facts none = {0};
	struct metrics_decision d;
	struct err err;

	(void)state;
	assert_int_equal(metrics_decide(&none, METRICS_AUTO, &d, &err), 0);
	assert_int_equal(d.kind, METRICS_DOCKER);
	assert_int_equal(metrics_decide(&none, METRICS_CGROUPFS, &d, &err), -1);
}

static void idle_pressure_falls(void **state)
{
	struct usage u = {0};

	(void)state;
	for (int w = 0; w < 3; w++)
		u.pressure[PRESSURE_CPU_SOME][w] = 50 * 2048;
	psi_decay(&u, 10 * NS_PER_S);
	/* after one time constant a 1/e is left */
	assert_in_range(u.pressure[PRESSURE_CPU_SOME][0], 18 * 2048, 19 * 2048);
	assert_in_range(u.pressure[PRESSURE_CPU_SOME][1], 42 * 2048, 43 * 2048);
	psi_decay(&u, 3600 * NS_PER_S);
	assert_int_equal(u.pressure[PRESSURE_CPU_SOME][0], 0);
}

static long double metric(const struct usage *now, const struct usage *base, const char *path)
{
	struct value v;

	assert_non_null(figure_find(path));
	assert_true(figure_read(figure_find(path), now, base, &v));
	return value_number(v);
}

static void metrics_are_computed(void **state)
{
	const struct usage base = {.fields = USAGE_CPU, .cpu_ns = 1 * NS_PER_S, .sampled_ns = 10 * NS_PER_S};
	const struct usage now = {.fields = USAGE_CPU | USAGE_MEMORY | USAGE_MEMORY_LIMIT |
					    USAGE_INACTIVE_FILE | USAGE_PIDS | USAGE_PIDS_LIMIT |
					    USAGE_PRESSURE_FIRST << PRESSURE_MEMORY_SOME,
				  .cpu_ns = 4 * NS_PER_S,
				  .sampled_ns = 12 * NS_PER_S,
				  .memory = 300,
				  .inactive_file = 100,
				  .memory_limit = 400,
				  .pids = 7,
				  .pids_limit = USAGE_UNLIMITED,
				  .pressure[PRESSURE_MEMORY_SOME] = {3 * 2048, 0, 0}};

	(void)state;
	assert_true(metric(&now, &base, "cpu_percent") == 150);
	assert_true(metric(&now, &base, "memory_working_set") == 200);
	assert_true(metric(&now, &base, "memory_percent") == 50);
	assert_true(metric(&now, &base, "pids_stats.current") == 7);
	assert_true(metric(&now, &base, "pids_stats.limit") == 18446744073709551615.0L);
	assert_true(metric(&now, &base, "pressure.memory.some_avg10") == 3);
	assert_false(figure_read(figure_find("pressure.memory.full_avg10"), &now, &base, &(struct value){0}));
}

static void absent_figures_are_not_zero(void **state)
{
	const struct usage nothing = {0};
	struct value v;

	(void)state;
	for (const char *const *name = figure_paths(); *name; name++)
		if (strcmp(*name, "cpu_stats.online_cpus") != 0)
			assert_false(figure_read(figure_find(*name), &nothing, &nothing, &v));
}

/* ---- who is idle ---- */

#define S NS_PER_S

/* A look after so many seconds, by which time it has used that much CPU and received so many bytes. */
static uint64_t idle_after(struct idle *i, uint64_t at_s, uint64_t cpu_ms, uint64_t received)
{
	const struct usage now = {.sampled_ns = 1000 * S + at_s * S, .cpu_ns = cpu_ms * NS_PER_MS};

	assert_true(idle_is_due(i, &now));
	idle_note(i, &now, idle_used_cpu(i, &now, 1), true, received);
	return (now.sampled_ns - i->since_ns) / S;
}

static void idle_is_counted_from_the_last_work(void **state)
{
	struct idle i = {0};

	(void)state;
	assert_int_equal(idle_after(&i, 0, 500, 0), 0);
	assert_int_equal(idle_after(&i, 10, 600, 0), 10); /* 1 % is not more than 1 % */
	assert_int_equal(idle_after(&i, 20, 610, 0), 20);
	assert_int_equal(idle_after(&i, 30, 711, 0), 0);
	assert_int_equal(idle_after(&i, 40, 712, 0), 10);
	/* what a network says to everybody is no work */
	assert_int_equal(idle_after(&i, 50, 713, 1000), 20);
	assert_int_equal(idle_after(&i, 60, 714, 2001), 0);
	assert_int_equal(idle_after(&i, 80, 715, 4001), 20);
	/* figures that fall are another container's, or a network that was joined */
	assert_int_equal(idle_after(&i, 90, 716, 0), 0);
	assert_int_equal(idle_after(&i, 100, 1, 0), 0);
}

static void idle_looks_are_seconds_apart(void **state)
{
	struct idle i = {0};

	(void)state;
	idle_after(&i, 0, 0, 0);
	assert_false(idle_is_due(&i, &(struct usage){.sampled_ns = 1009 * S}));
	assert_true(idle_is_due(&i, &(struct usage){.sampled_ns = 1010 * S}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bpf_is_preferred),
		cmocka_unit_test(flush_follows_the_kernel),
		cmocka_unit_test(obstacles_lead_to_cgroupfs),
		cmocka_unit_test(the_line_that_says_why_is_kept),
		cmocka_unit_test(remote_docker_gives_its_own_metrics),
		cmocka_unit_test(without_anything_docker_is_asked),
		cmocka_unit_test(idle_pressure_falls),
		cmocka_unit_test(metrics_are_computed),
		cmocka_unit_test(idle_is_counted_from_the_last_work),
		cmocka_unit_test(idle_looks_are_seconds_apart),
		cmocka_unit_test(absent_figures_are_not_zero),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
