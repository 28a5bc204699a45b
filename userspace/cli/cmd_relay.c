/* relay: what the relay needs before it can run. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/config.h"
#include "base/memory.h"
#include "relay/authority.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
	"usage: docker-enforcer relay certificates [DIR]\n\n"
	"Makes the relay's CA and the certificate of dockerd's own listener in DIR ($STATE_DIR/ca, where the "
	"relay\n"
	"reads it): ca.pem, ca-key.pem, server-cert.pem and server-key.pem, for 127.0.0.1 and localhost.\n"
	"What is there stays. docs/persons.md says what to do with them.\n";

/* A new string; NULL where nothing is kept. */
static char *default_folder(void)
{
	struct config config;
	struct err err;
	char *dir = NULL;

	if (config_load(&config, &err)) {
		print_error("%s", err.msg);
		return NULL;
	}
	if (*config.state_dir)
		dir = mem_printf("%s/ca", config.state_dir);
	else
		print_error("relay: STATE_DIR is empty; say in which folder: docker-enforcer relay "
			    "certificates DIR");
	config_free(&config);
	return dir;
}

static int make_certificates(const char *dir)
{
	struct err err;
	bool made;

	if (authority_make(dir, &made, &err)) {
		print_error("relay: %s", err.msg);
		return EXIT_TROUBLE;
	}
	print_line(stdout, "%s: ca.pem, ca-key.pem, server-cert.pem, server-key.pem %s", dir,
		   made ? "are made" : "were there already");
	return EXIT_FINE;
}

int cmd_relay(int argc, char **argv)
{
	AUTO(free_charp) char *dir = NULL;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_escaped(stdout, help);
		return EXIT_FINE;
	}
	if (argc < 2 || argc > 3 || strcmp(argv[1], "certificates") != 0) {
		if (argc > 1)
			print_error("relay: \"%s\": it takes \"certificates\", and a folder",
				    argv[argc > 3 ? 3 : 1]);
		print_escaped(stderr, help);
		return EXIT_TROUBLE;
	}
	dir = argc == 3 ? mem_strdup(argv[2]) : default_folder();
	return dir ? make_certificates(dir) : EXIT_TROUBLE;
}
