/* Cgroup iterators: a BPF program that is run over a hierarchy by reading a file. */
#include "base/memory.h"
#include "bpf_internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int iterator_run(struct bpf_link *link, struct err *err)
{
	AUTO(close_fdp) int fd = bpf_iter_create(bpf_link__fd(link));
	char none[16];
	ssize_t n;

	if (fd < 0)
		return err_errno(err, "metrics: starting a cgroup iterator");
	do {
		n = read(fd, none, sizeof(none));
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n < 0 ? err_errno(err, "metrics: walking the cgroups") : 0;
}

struct bpf_link *iterator_attach(const struct bpf_program *prog, const char *root, bool only_root,
				 struct err *err)
{
	AUTO(close_fdp) int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct bpf_iter_attach_opts opts;
	union bpf_iter_link_info info;
	struct bpf_link *link;

	if (fd < 0) {
		err_errno(err, "metrics: %s", root);
		return NULL;
	}
	memset(&info, 0, sizeof(info)); /* gcc 15 and later zero only a union's first member for = {0} */
	info.cgroup.cgroup_fd = (__u32)fd;
	info.cgroup.order = only_root ? BPF_CGROUP_ITER_SELF_ONLY : BPF_CGROUP_ITER_DESCENDANTS_PRE;
	/* Not LIBBPF_OPTS(): its padding is undefined (seen with -O0), and libbpf wants it zero. */
	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.link_info = &info;
	opts.link_info_len = sizeof(info);
	link = bpf_program__attach_iter(prog, &opts);
	if (!link)
		err_errno(err, "metrics: attaching a cgroup iterator to %s", root);
	return link;
}
