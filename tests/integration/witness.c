/*
 * Preloaded, it sees which of the daemon's locks are held when the daemon evaluates, logs or does I/O: none
 * may be. Compiled by witness.bats. What it finds it appends to the file $WITNESS: "held over write", and at
 * the end what it has looked at: "seen 12 write".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static uintptr_t from, to; /* the daemon's own code */
#define MOST 16

static _Thread_local int held;
static _Thread_local pthread_mutex_t *locks[MOST]; /* the daemon's */
static struct {
	const char *name;
	unsigned long seen, bad;
} calls[32];

static int find_code(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size, (void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type != PT_LOAD || !(h->p_flags & PF_X))
			continue;
		from = info->dlpi_addr + h->p_vaddr;
		to = from + h->p_memsz;
	}
	return 1; /* the first object is the program */
}

__attribute__((constructor)) static void begin(void)
{
	dl_iterate_phdr(find_code, NULL);
}

static int is_ours(void *caller)
{
	return (uintptr_t)caller >= from && (uintptr_t)caller < to;
}

static void look(const char *name, void *caller)
{
	int i = 0;

	if (!is_ours(caller))
		return;
	while (calls[i].name && strcmp(calls[i].name, name))
		i++;
	calls[i].name = name;
	__atomic_fetch_add(&calls[i].seen, 1, __ATOMIC_RELAXED);
	if (held)
		__atomic_fetch_add(&calls[i].bad, 1, __ATOMIC_RELAXED);
}

__attribute__((destructor)) static void end(void)
{
	FILE *f = getenv("WITNESS") ? fopen(getenv("WITNESS"), "a") : NULL;

	for (int i = 0; f && calls[i].name; i++) {
		fprintf(f, "seen %lu %s\n", calls[i].seen, calls[i].name);
		if (calls[i].bad)
			fprintf(f, "held over %lu %s\n", calls[i].bad, calls[i].name);
	}
	if (f)
		fclose(f);
}

#define REAL(name)                                                                                           \
	static __typeof__(&name) real;                                                                       \
	if (!real)                                                                                           \
	real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int pthread_mutex_lock(pthread_mutex_t *m)
{
	REAL(pthread_mutex_lock);
	int r = real(m);

	if (is_ours(__builtin_return_address(0)) && held < MOST)
		locks[held++] = m;
	return r;
}

/* Whoever calls: an unlock at a function's end is a jump, and returns to a library. */
int pthread_mutex_unlock(pthread_mutex_t *m)
{
	REAL(pthread_mutex_unlock);
	for (int i = held - 1; i >= 0; i--)
		if (locks[i] == m) {
			locks[i] = locks[--held];
			break;
		}
	return real(m);
}

ssize_t write(int fd, const void *data, size_t n)
{
	REAL(write);
	look("write", __builtin_return_address(0));
	return real(fd, data, n);
}

ssize_t read(int fd, void *data, size_t n)
{
	REAL(read);
	look("read", __builtin_return_address(0));
	return real(fd, data, n);
}

int open(const char *path, int flags, ...)
{
	REAL(open);
	va_list ap;

	look("open", __builtin_return_address(0));
	va_start(ap, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return real(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
	REAL(fopen);
	look("fopen", __builtin_return_address(0));
	return real(path, mode);
}

ssize_t readlinkat(int dir, const char *path, char *out, size_t n)
{
	REAL(readlinkat);
	look("readlinkat", __builtin_return_address(0));
	return real(dir, path, out, n);
}

int fstat(int fd, struct stat *st)
{
	REAL(fstat);
	look("fstat", __builtin_return_address(0));
	return real(fd, st);
}

int shutdown(int fd, int how)
{
	REAL(shutdown);
	look("shutdown", __builtin_return_address(0));
	return real(fd, how);
}

int curl_easy_perform(void *curl)
{
	REAL(curl_easy_perform);
	look("curl_easy_perform", __builtin_return_address(0));
	return real(curl);
}

int pcre2_match_8(const void *code, const void *s, size_t n, size_t start, unsigned options, void *data,
		  void *context)
{
	REAL(pcre2_match_8);
	look("pcre2_match", __builtin_return_address(0));
	return real(code, s, n, start, options, data, context);
}
