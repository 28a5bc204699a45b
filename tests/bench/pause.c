/*
 * pause - what the containers of tests/bench/containers run: waits. On SIGUSR1 it takes 64 MiB, on SIGUSR2 a
 * CPU, and writes when that began (wall clock, ns) to /crossed, which is a file of the host.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TAKEN	 (64UL << 20)
#define CROSSING (49UL << 20) /* the rule's limit is 50 MiB, what the process has besides included */

static void note_crossing(void)
{
	struct timespec now;
	char text[40];
	int fd = open("/crossed", O_WRONLY), n;

	clock_gettime(CLOCK_REALTIME, &now);
	n = snprintf(text, sizeof(text), "%lld%09ld\n", (long long)now.tv_sec, now.tv_nsec);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		_exit(1);
	close(fd);
}

static void take_memory(void)
{
	char *p = malloc(TAKEN);

	for (size_t i = 0; p && i < TAKEN; i += 4096) {
		p[i] = 1;
		if (i == CROSSING)
			note_crossing();
	}
}

int main(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (!sigwait(&set, &sig)) {
		if (sig == SIGTERM)
			return 0;
		if (sig == SIGUSR1)
			take_memory();
		if (sig == SIGUSR2) {
			note_crossing();
			for (volatile unsigned long i = 0;; i++)
				;
		}
	}
	return 1;
}
