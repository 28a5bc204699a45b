/*
 * service - the service manager: what it is told, and the socket that it passes. Without libsystemd, or
 * without a service manager, nothing happens. Used by cli/, http/ and log.c.
 */
#ifndef DE_BASE_SERVICE_H
#define DE_BASE_SERVICE_H

#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

/* "READY=1", "RELOADING=1", "STOPPING=1", with an optional "\nSTATUS=…" (sd_notify(3)). */
void service_notify(const char *state);

/* The listening sockets that may be passed (sd_listen_fds(3)): the relay's carries that name
 * (FileDescriptorName=relay), any other is the plugin's. */
enum service_socket { SOCKET_PLUGIN, SOCKET_RELAY };

/* The one that was passed; -1 if there is none. */
int service_socket(enum service_socket which);

/* How often at least the service manager wants to hear "WATCHDOG=1", in ns; 0: never
 * (sd_watchdog_enabled(3)). */
uint64_t service_watchdog_ns(void);

/*
 * Whether standard error is the journal ($JOURNAL_STREAM, systemd.exec(5)): then a message goes there with
 * its fields. False if it was not taken. `priority` is syslog's; `fields` may be NULL. Any thread.
 */
bool service_has_journal(void);
bool service_write_journal(int priority, const struct log_field *fields, const char *message);

#endif
