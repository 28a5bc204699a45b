/* Which kfuncs a kernel has to bring figures up to date, and the objects that call them. */
#include "base/memory.h"
#include "bpf_internal.h"

#include "flush_cgroup.skel.h"
#include "flush_css.skel.h"
#include "flush_memcg.skel.h"

#include <stdlib.h>

static const struct flavour {
	enum metrics_flush flush;
	const void *(*bytes)(size_t *size);
} flavours[] = {
	{FLUSH_CSS, flush_css_bpf__elf_bytes},
	{FLUSH_CGROUP, flush_cgroup_bpf__elf_bytes},
	{FLUSH_MEMCG, flush_memcg_bpf__elf_bytes},
};

struct flushes {
	struct bpf_object *object[ARRAY_LEN(flavours)];
	struct bpf_link *link[ARRAY_LEN(flavours)]; /* NULL: not of this kernel */
};

static int open_one(struct flushes *f, size_t i, const char *root, struct err *err)
{
	size_t size;
	const void *bytes = flavours[i].bytes(&size);

	f->object[i] = bpf_object__open_mem(bytes, size, NULL);
	if (!f->object[i] || bpf_object__load(f->object[i]))
		return complaint_err(err, "metrics: loading the BPF flush program");
	f->link[i] = iterator_attach(bpf_object__next_program(f->object[i], NULL), root, true, err);
	return f->link[i] ? 0 : -1;
}

struct flushes *flushes_open(const char *root, unsigned wanted, struct err *err)
{
	struct flushes *f = mem_calloc(1, sizeof(*f));

	for (size_t i = 0; i < ARRAY_LEN(flavours); i++) {
		if (wanted & flavours[i].flush && open_one(f, i, root, err)) {
			flushes_close(f);
			return NULL;
		}
	}
	return f;
}

int flushes_run(const struct flushes *f, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(flavours); i++)
		if (f->link[i] && iterator_run(f->link[i], err))
			return -1;
	return 0;
}

void flushes_close(struct flushes *f)
{
	for (size_t i = 0; f && i < ARRAY_LEN(flavours); i++) {
		bpf_link__destroy(f->link[i]);
		bpf_object__close(f->object[i]);
	}
	free(f);
}
