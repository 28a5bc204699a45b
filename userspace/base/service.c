#include "base/service.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define MAX_FIELDS 16

void service_notify(const char *state)
{
	sd_notify(0, state);
}

int service_socket(enum service_socket which)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names), found = -1;

	for (int i = 0; i < n; i++) {
		if (found < 0 && (which == SOCKET_RELAY) == !strcmp(names[i], "relay"))
			found = SD_LISTEN_FDS_START + i;
		free(names[i]);
	}
	free(names);
	return found;
}

uint64_t service_watchdog_ns(void)
{
	uint64_t usec = 0;

	return sd_watchdog_enabled(0, &usec) > 0 ? usec * 1000 : 0;
}

bool service_has_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && !fstat(STDERR_FILENO, &st) &&
	       st.st_dev == device && st.st_ino == inode;
}

bool service_write_journal(int priority, const struct log_field *fields, const char *message)
{
	char *texts[MAX_FIELDS];
	struct iovec parts[MAX_FIELDS];
	int n = 0, result;

	texts[n++] = mem_printf("MESSAGE=%s", message);
	texts[n++] = mem_printf("PRIORITY=%d", priority);
	texts[n++] = mem_strdup("SYSLOG_IDENTIFIER=docker-enforcer");
	for (; fields && fields->name && n < MAX_FIELDS; fields++)
		if (fields->value && *fields->value)
			texts[n++] = mem_printf("%s=%s", fields->name, fields->value);
	for (int i = 0; i < n; i++)
		parts[i] = (struct iovec){texts[i], strlen(texts[i])};
	result = sd_journal_sendv(parts, n);
	while (n)
		free(texts[--n]);
	return !result;
}
#else
void service_notify(const char *state)
{
	(void)state;
}

int service_socket(enum service_socket which)
{
	(void)which;
	return -1;
}

uint64_t service_watchdog_ns(void)
{
	return 0;
}

bool service_has_journal(void)
{
	return false;
}

bool service_write_journal(int priority, const struct log_field *fields, const char *message)
{
	(void)priority;
	(void)fields;
	(void)message;
	return false;
}
#endif
