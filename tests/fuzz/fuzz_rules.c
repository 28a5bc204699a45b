/* Any bytes as a rule file; what compiles is evaluated on a container. No crash, no leak, no hang. */
#include "base/json.h"
#include "base/text.h"
#include "rules/notes.h"
#include "rules/plain.h"
#include "rules/ruleset.h"
#include "container/container.h"
#include "view/subject.h"
#include "view/verdict.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct container *sample_container(void)
{
	static const char text[] =
		"{\"Id\":\"a\",\"Name\":\"/"
		"web\",\"State\":{\"Pid\":0},\"HostConfig\":{\"Memory\":0,\"Binds\":[\"/a/../b:/c\"],"
		"\"CapAdd\":[\"cap_x\"]},\"Config\":{\"Image\":\"i\",\"Labels\":{\"a.b\":\"c\"},\"Env\":[\"A="
		"1\"]}}";
	struct json_object *j;
	struct err err;

	return json_parse(text, sizeof(text) - 1, &j, &err) ? NULL : container_from_inspect(j, NULL, &err);
}

static void on_note(void *arg, const char *pointer, const char *text)
{
	buf_printf(arg, "%s: %s\n", pointer, text);
}

/* In plain words, and what is noted of it. */
static void tell(enum rule_file kind, const struct rule_list *list)
{
	struct buf text = {0};
	const struct notes notes = {on_note, &text, NULL, kind == FILE_WHITELIST_RULES};

	for (size_t i = 0; i < list->count; i++) {
		plain_rule(kind, &list->items[i], &text);
		if (list->items[i].program)
			notes_find(list->items[i].program, &notes);
	}
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct usage usage = {.fields = ~0U, .memory = 1 << 20, .memory_limit = 1 << 30};
	static struct container *container;
	struct json_object *j;
	struct rule_list list;
	struct findings problems = {0};
	struct logic_ctx *ctx;
	enum rule_file kind;
	struct err err;

	if (!container)
		container = sample_container();
	if (json_parse((const char *)data, size, &j, &err))
		return 0;
	/* the size picks the file, so that every kind gets its share */
	kind = (enum rule_file)(size % RULE_FILES);
	ruleset_compile(kind, j, "f", kind == FILE_TRIGGERS ? verdict_binding() : subject_binding(true),
			&list, &problems);
	findings_locate(&problems, 0, (const char *)data, size);
	tell(kind, &list);
	ctx = mem_calloc(1, sizeof(*ctx));
	logic_ctx_init(ctx);
	for (size_t i = 0; i < list.count; i++) {
		struct subject s;
		struct value v;
		struct buf text = {0};

		if (!list.items[i].program || kind == FILE_TRIGGERS)
			continue;
		subject_init(&s, container, 1, "periodic");
		s.usage = s.base = &usage;
		if (logic_eval(list.items[i].program, ctx, subject_value(&s), &v))
			value_to_text(v, &text);
		else
			logic_error_text(ctx, &text);
		buf_free(&text);
		subject_clear(&s);
	}
	logic_ctx_free(ctx);
	free(ctx);
	ruleset_free(&list);
	findings_free(&problems);
	json_object_put(j);
	return 0;
}
