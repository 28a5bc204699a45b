/* run: the daemon. Starts the modes' threads and waits for signals. */
#include "cli_internal.h"
#include "notices_internal.h"
#include "print_internal.h"
#include "reload_internal.h"
#include "base/clock.h"
#include "base/config.h"
#include "modes/enforcer.h"
#include "modes/wiring.h"
#include "http/http.h"
#include "base/log.h"
#include "base/pulse.h"
#include "relay/relay.h"
#include "base/service.h"
#include "base/text.h"
#include "base/transfer.h"
#include "base/workers.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SHUTDOWN_NS (700 * NS_PER_MS)

struct daemon {
	struct enforcer *enforcer;
	struct http *http;
	struct plugin *plugin;
	struct workers *loops[5];
	size_t loop_count;
};

static int start_loop(struct daemon *d, const char *name, void *(*fn)(void *), void *arg, struct err *err)
{
	struct workers *w = workers_start(name, 1, fn, arg, err);

	if (!w)
		return -1;
	d->loops[d->loop_count++] = w;
	return 0;
}

static int start_modes(struct daemon *d, const struct config *c, struct err *err)
{
	struct enforcer *e = d->enforcer;

	if (start_loop(d, "events", events_run, &e->events, err))
		return -1;
	if (e->owners && start_loop(d, "owners", leftover_run, &e->events, err))
		return -1;
	if (c->run_periodic && start_loop(d, "periodic", periodic_run, &e->periodic, err))
		return -1;
	if (e->check.watch_interval_ns && start_loop(d, "watch", watch_run, &e->watch, err))
		return -1;
	return e->wiring ? start_loop(d, "wires", wiring_run, e->wiring, err) : 0;
}

/* The status pages and the plugin; where both have one address, the plugin's server shows the pages too. */
static int start_http(struct daemon *d, const struct config *c, struct err *err)
{
	bool one = c->run_authz && str_starts_with(c->authz_listen, "tcp://") &&
		   !strcmp(c->authz_listen + strlen("tcp://"), c->listen);

	if (c->run_authz && !(d->plugin = plugin_start(d->enforcer, c->authz_listen, one, err)))
		return -1;
	if (*c->listen && !one && !(d->http = http_start(d->enforcer, c->listen, err)))
		return -1;
	return 0;
}

static int find_peer(void *arg, pid_t pid, char **id, char **name, struct err *err)
{
	struct enforcer *e = arg;

	return inventory_find_peer(e->inventory, e->docker, pid, id, name, err);
}

static int start_relay(struct daemon *d, const struct config *c, struct err *err)
{
	AUTO(free_charp) char *authority = mem_printf("%s/ca", c->state_dir);
	const struct relay_options options = {.listen = c->relay_listen,
					      .engine = c->relay_engine,
					      .authority = authority,
					      .engine_wait_ns = (uint64_t)c->docker_req_timeout_s * NS_PER_S,
					      .ask = {find_peer, d->enforcer}};

	if (!c->run_relay) {
		if (service_socket(SOCKET_RELAY) >= 0)
			log_error("the service manager passes the relay's socket, and RUN_RELAY is False: "
				  "nobody "
				  "answers there; set RUN_RELAY=True, or `systemctl disable --now "
				  "docker-enforcer-relay.socket`");
		return 0;
	}
	if (!*c->state_dir)
		return err_set(err, EINVAL,
			       "RUN_RELAY=True needs STATE_DIR: its certificates are in STATE_DIR/ca");
	d->enforcer->relay = relay_start(&options, err);
	return d->enforcer->relay ? 0 : -1;
}

/* Loops end by themselves; one that Docker holds up is left to the end of the process. */
static bool join_loops(struct daemon *d)
{
	uint64_t until = clock_monotonic_ns() + SHUTDOWN_NS;
	bool all = reading_join_until(d->enforcer->reading, until);

	for (size_t i = 0; i < d->loop_count; i++)
		all = workers_join_until(d->loops[i], until) && all;
	return all;
}

static void stop(struct daemon *d)
{
	struct enforcer *e = d->enforcer;
	bool ended;

	stop_request(e->stop);
	docker_shutdown(e->docker);
	reading_shutdown(e->reading);
	ended = join_loops(d); /* our own calls to dockerd, still under way, need the plugin's answer */
	authz_shutdown(e->authz);
	plugin_stop(d->plugin);
	http_stop(d->http);
	relay_stop(e->relay); /* the pages have shown it */
	if (ended && !actions_busy(e->outlets.actions)) {
		enforcer_free(e);
		return;
	}
	/* Nothing is pinned: the kernel detaches BPF programs with the process. */
	log_info("shutdown: not waiting for a call to Docker that is still under way");
	audit_flush(e->outlets.audit);
	state_flush(e->state);
	log_stop();
	_exit(EXIT_FINE);
}

/* `asker` is told what became of it. */
static void reload(struct daemon *d, pid_t asker)
{
	struct err err = {0};

	service_notify("RELOADING=1");
	audit_reopen(d->enforcer->outlets.audit);
	if (enforcer_reload(d->enforcer, &err)) {
		log_error("reload failed, the rules in force stay: %s", err.msg);
		service_notify(
			"READY=1\nSTATUS=The last reload failed, older rules are in force (see /healthz)");
		reload_tell(asker, err.msg);
		return;
	}
	service_notify("READY=1\nSTATUS=");
	reload_tell(asker, RELOAD_WORKED);
}

/*
 * Tells the service manager that all loops are alive, or lets it find out that one is not: then it restarts
 * us. Dockerd has no part in it.
 */
static void feed_watchdog(uint64_t watchdog_ns, bool *hanging)
{
	const char *late = pulse_find_late(watchdog_ns / 2);

	if (!late)
		service_notify("WATCHDOG=1");
	else if (!*hanging)
		log_error("the %s loop hangs; the service manager is not told any more that all is well, and "
			  "will "
			  "restart the enforcer",
			  late);
	*hanging = late != NULL;
}

/* Signals are taken in order of their numbers: SIGHUPs that keep coming must not hold up the end. */
static bool is_ending(void)
{
	sigset_t pending;

	return !sigpending(&pending) &&
	       (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

static void wait_for_signals(struct daemon *d, const sigset_t *signals)
{
	uint64_t watchdog_ns = service_watchdog_ns(), wait_ns = watchdog_ns ? watchdog_ns / 4 : 60 * NS_PER_S;
	const struct timespec wait = clock_timespec(wait_ns);
	bool hanging = false;
	siginfo_t info;

	for (;;) {
		int sig = is_ending() ? SIGTERM : sigtimedwait(signals, &info, &wait);

		if (watchdog_ns)
			feed_watchdog(watchdog_ns, &hanging);
		if (sig == SIGHUP) {
			reload(d, info.si_pid);
		} else if (sig == SIGUSR1) {
			audit_reopen(d->enforcer->outlets.audit);
		} else if (sig > 0) {
			log_info("%s: shutting down", strsignal(sig));
			return;
		}
	}
}

static void announce(const struct config *c, struct enforcer *e)
{
	struct policy *p = policy_slot_get(e->policy);

	log_info("docker-enforcer started: MODE=%s, %zu rules from %s, Docker at %s",
		 c->mode == MODE_KILL ? "KILL" : "WARN", p->lists[FILE_RULES].count, c->rules_dir,
		 c->docker_socket);
	notices_tell(c, e);
	policy_put(p);
}

/* The cgroupfs source keeps some ten files open for each container. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void watched_signals(sigset_t *out)
{
	sigemptyset(out);
	sigaddset(out, SIGTERM);
	sigaddset(out, SIGINT);
	sigaddset(out, SIGHUP);
	sigaddset(out, SIGUSR1);
}

static int run_daemon(const struct config *config)
{
	struct daemon d = {0};
	sigset_t signals;
	struct err err;

	watched_signals(&signals);
	raise_file_limit();
	mallopt(M_ARENA_MAX,
		4);	 /* each keeps what was freed in it, and every connection's thread would have one */
	transfer_seal(); /* what was inherited is not for triggers */

	d.enforcer = enforcer_new(config, &err);
	if (!d.enforcer) {
		log_error("cannot start: %s", err.msg);
		return EXIT_TROUBLE;
	}
	if (start_relay(&d, config, &err) || start_http(&d, config, &err)) {
		log_error("cannot start: %s", err.msg);
		stop(&d);
		return EXIT_TROUBLE;
	}
	if (start_modes(&d, config, &err)) {
		log_error("cannot start: %s", err.msg);
		stop(&d);
		return EXIT_TROUBLE;
	}
	announce(config, d.enforcer);
	service_notify("READY=1");
	wait_for_signals(&d, &signals);
	service_notify("STOPPING=1");
	stop(&d);
	return EXIT_FINE;
}

static int run(const struct config *config, struct err *err)
{
	sigset_t signals;
	int r;

	/* blocked before any thread starts, so that only sigwaitinfo() sees them */
	watched_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (log_start(err)) {
		log_error("cannot start: %s", err->msg);
		return EXIT_TROUBLE;
	}
	r = run_daemon(config);
	log_stop();
	return r;
}

int cmd_run(int argc, char **argv)
{
	struct config config;
	struct err err;
	int r;

	if (argc > 1 && !strcmp(argv[1], "--help")) {
		print_help(stdout,
			   "usage: docker-enforcer run\n\nRuns the daemon. Its options are environment "
			   "variables:\n\n");
		config_print_help(stdout);
		return EXIT_FINE;
	}
	if (argc > 1 && !strcmp(argv[1], "--markdown")) { /* for docs/configuration.md */
		config_print_markdown(stdout);
		return EXIT_FINE;
	}
	if (argc > 1) {
		print_error("run: \"%s\": it takes no arguments, options are environment variables; see run "
			    "--help",
			    argv[1]);
		return EXIT_TROUBLE;
	}
	if (config_load(&config, &err)) {
		print_error("%s", err.msg);
		return EXIT_TROUBLE;
	}
	log_setup((enum log_level)config.log_level, config.log_format);
	r = run(&config, &err);
	config_free(&config);
	return r;
}
