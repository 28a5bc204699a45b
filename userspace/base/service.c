#include "service.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

void service_notify(const char *state)
{
	sd_notify(0, state);
}

int service_socket(void)
{
	return sd_listen_fds(0) >= 1 ? SD_LISTEN_FDS_START : -1;
}
#else
void service_notify(const char *state)
{
	(void)state;
}

int service_socket(void)
{
	return -1;
}
#endif
