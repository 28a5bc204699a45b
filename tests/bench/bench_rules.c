/*
 * bench_rules - nanoseconds per evaluation of typical rules on one container, and the allocations it makes.
 * bench_rules [EVALUATIONS]
 */
#include "bench.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "container/container.h"
#include "view/subject.h"

#include <malloc.h>
#include <string.h>

#define ROUNDS 7

static const struct {
	const char *what, *rule;
} rules[] = {
	{"threshold", "{\">\": [{\"var\": \"metrics.memory_stats.usage\"}, {\"bytes\": \"1GiB\"}]}"},
	{"params comparison", "{\"==\": [{\"var\": \"params.HostConfig.Memory\"}, 0]}"},
	{"regex on the image",
	 "{\"matches\": [{\"var\": \"image\"}, \"^registry\\\\.local/[a-z]+:[0-9.]+$\"]}"},
	{"some over 4 mounts",
	 "{\"some\": [{\"var\": \"mounts\"}, {\"and\": [{\"==\": [{\"var\": \"type\"}, \"bind\"]}, "
	 "{\"!\": {\"path_within\": [{\"var\": \"resolved\"}, \"/srv\", \"/opt\"]}}]}]}"},
};

static struct container *sample(void)
{
	static const char text[] =
		"{\"Id\":\"a\",\"Name\":\"/"
		"web\",\"State\":{\"Pid\":0},\"HostConfig\":{\"Memory\":1048576,\"Binds\":[\"/srv/a:/a\","
		"\"/srv/b:/b\",\"/opt/c:/c\",\"/opt/d:/d\"]},\"Config\":{\"Image\":\"registry.local/"
		"app:1.2.3\"}}";
	struct json_object *j;
	struct err err;

	return json_parse(text, sizeof(text) - 1, &j, &err) ? NULL : container_from_inspect(j, NULL, &err);
}

static void measure(const char *what, const char *text, const struct container *c, long n)
{
	static const struct usage usage = {.fields = ~0U, .memory = 1 << 20};
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	struct buf pointer = {0};
	struct err err;
	AUTO(json_putp) struct json_object *j = NULL;
	struct logic_program *p = json_parse(text, strlen(text), &j, &err)
					  ? NULL
					  : logic_compile(j, subject_binding(false), false, &pointer, &err);
	double ns[ROUNDS], grown;
	struct mallinfo2 before;
	struct subject s;
	struct value v;
	uint64_t start;

	if (!p) {
		fprintf(stderr, "%s: %s\n", what, err.msg);
		exit(2);
	}
	logic_ctx_init(ctx);
	subject_init(&s, c, 0, "periodic");
	s.usage = s.base = &usage;
	logic_eval(p, ctx, subject_value(&s), &v); /* what is made once is made now */
	before = mallinfo2();
	for (size_t k = 0; k < ROUNDS; k++) {
		start = clock_monotonic_ns();
		for (long i = 0; i < n; i++)
			if (!logic_eval(p, ctx, subject_value(&s), &v))
				exit(2);
		ns[k] = (double)(clock_monotonic_ns() - start) / (double)n;
	}
	grown = (double)(ssize_t)(mallinfo2().uordblks - before.uordblks);
	bench_report("one rule", what, "ours", ns, ROUNDS, "ns");
	bench_report("one rule: memory grown", what, "ours", &grown, 1, "bytes");
	subject_clear(&s);
	logic_ctx_free(ctx);
	free(ctx);
	logic_free(p);
	buf_free(&pointer);
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 200000;
	struct container *c = sample();

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		measure(rules[i].what, rules[i].rule, c, n);
	container_put(c);
	return 0;
}
