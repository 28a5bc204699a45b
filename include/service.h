/*
 * service - the service manager: what it is told, and the socket that it passes. Without libsystemd, or
 * without a service manager, nothing happens. Used by cli/ and http/.
 */
#ifndef DE_SERVICE_H
#define DE_SERVICE_H

/* "READY=1", "RELOADING=1", "STOPPING=1", with an optional "\nSTATUS=…" (sd_notify(3)). */
void service_notify(const char *state);

/* A listening socket that was passed (sd_listen_fds(3)); -1 if there is none. */
int service_socket(void);

#endif
