/* Where clients come in: who is it, and on to dockerd with that. */
#include "relay/relay.h"
#include "carrier_internal.h"
#include "engine_internal.h"
#include "passes_internal.h"
#include "base/clock.h"
#include "base/listen.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/service.h"
#include "base/text.h"
#include "base/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define GREETERS      4
#define CARRIERS      2
#define SAID_EVERY_NS (10 * NS_PER_S)
#define PAUSE_NS      (100 * NS_PER_MS) /* where there are no descriptors left */

struct relay {
	int listening;
	char *path; /* of a socket of our own, to be removed; NULL: it was passed */
	uint64_t engine_wait_ns;
	struct identity_asker ask;
	struct stop *stop;
	struct passes *passes;
	struct engine *engine;
	struct carrier *carriers[CARRIERS];
	struct workers *greeters;
	atomic_ullong open, total, refused, no_engine;
	atomic_ullong said_ns; /* when a failure was last said: whoever connects could fill the log */
};

/* ---- a client comes ---- */

static void say(struct relay *r, const char *what)
{
	unsigned long long last = atomic_load(&r->said_ns), now = clock_monotonic_ns();

	if ((!last || now - last > SAID_EVERY_NS) && atomic_compare_exchange_strong(&r->said_ns, &last, now))
		log_warning("relay: a connection was closed: %s (others within 10 s are only counted)", what);
}

/* Takes the descriptor over. */
static void greet(struct relay *r, int peer)
{
	struct identity id;
	struct err err;
	SSL *ssl;

	if (identity_of_peer(peer, &r->ask, &id, &err)) {
		atomic_fetch_add(&r->refused, 1);
		say(r, err.msg);
		close(peer);
		return;
	}
	ssl = engine_connect(r->engine, &id, peer, r->stop, r->engine_wait_ns, &err);
	if (ssl) {
		log_debug("relay: %s (uid %u, process %d) is carried", id.user, (unsigned)id.uid,
			  (int)id.pid);
		atomic_fetch_add(&r->open, 1);
		carrier_add(r->carriers[atomic_fetch_add(&r->total, 1) % CARRIERS], link_new(peer, ssl));
	} else {
		if (err.code != ECANCELED) {
			atomic_fetch_add(&r->no_engine, 1);
			say(r, err.msg);
		}
		close(peer);
	}
	identity_free(&id);
}

/* All greeters wait for the same socket; whoever comes late finds nothing, and waits again. */
static void *greet_clients(void *arg)
{
	struct relay *r = arg;
	struct pollfd p[] = {{r->listening, POLLIN, 0}, {stop_fd(r->stop), POLLIN, 0}};

	while (!stop_wait(r->stop, 0)) {
		int peer = accept4(r->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (peer >= 0)
			greet(r, peer);
		else if (errno == EAGAIN)
			poll(p, ARRAY_LEN(p), -1);
		else if (errno != EINTR && errno != ECONNABORTED) {
			say(r, strerror(errno));
			stop_wait(r->stop, PAUSE_NS);
		}
	}
	return NULL;
}

/* ---- the socket ---- */

/* As Docker's own: for root and the group docker. Where there is no such group, for root. */
static int give_to_group(const char *path, struct err *err)
{
	char text[16384];
	struct group entry, *found = NULL;

	if (getgrnam_r("docker", &entry, text, sizeof(text), &found) || !found) {
		log_warning("relay: there is no group docker; %s is for root only", path);
		return 0;
	}
	if (chown(path, (uid_t)-1, found->gr_gid) || chmod(path, 0660))
		return err_errno(err,
				 "RELAY_LISTEN=\"unix://%s\": giving it to the group docker (the unit "
				 "docker-enforcer-relay.socket does it for a service)",
				 path);
	return 0;
}

static int open_own(struct relay *r, const char *address, struct err *err)
{
	r->path = listen_path(address);
	if (!r->path)
		return err_set(err, EINVAL,
			       "RELAY_LISTEN=\"%s\": must be unix:///path; the kernel tells who connects "
			       "only there",
			       address);
	r->listening = listen_open("RELAY_LISTEN", address, err);
	if (r->listening >= 0)
		return give_to_group(r->path, err);
	free(r->path); /* it is another's */
	r->path = NULL;
	return -1;
}

static int check_passed(int fd, struct err *err)
{
	int domain = 0;
	socklen_t len = sizeof(domain);

	if (!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) && domain == AF_UNIX)
		return 0;
	return err_set(err, EINVAL,
		       "relay: the socket that the service manager passed is no unix socket; mend "
		       "ListenStream= in docker-enforcer-relay.socket");
}

static int open_listening(struct relay *r, const char *address, struct err *err)
{
	r->listening = service_socket(SOCKET_RELAY);
	if (r->listening >= 0 ? check_passed(r->listening, err) : open_own(r, address, err))
		return -1;
	if (fcntl(r->listening, F_SETFL, O_NONBLOCK))
		return err_errno(err, "relay: preparing the socket");
	return 0;
}

/* ---- beginning and end ---- */

static int start_threads(struct relay *r, struct err *err)
{
	for (size_t i = 0; i < CARRIERS; i++)
		if (!(r->carriers[i] = carrier_start(r->stop, &r->open, err)))
			return -1;
	r->greeters = workers_start("relay-greet", GREETERS, greet_clients, r, err);
	return r->greeters ? 0 : -1;
}

struct relay *relay_start(const struct relay_options *o, struct err *err)
{
	struct relay *r = mem_calloc(1, sizeof(*r));

	r->listening = -1;
	r->engine_wait_ns = o->engine_wait_ns;
	r->ask = o->ask;
	r->stop = stop_new(err);
	if (r->stop && (r->passes = passes_open(o->authority, err)) &&
	    (r->engine = engine_open(o->engine, r->passes, err)) && !open_listening(r, o->listen, err) &&
	    !start_threads(r, err)) {
		log_info("relay at %s: who connects is told to dockerd at %s",
			 r->path ? r->path : "the socket that the service manager passed", o->engine);
		return r;
	}
	relay_stop(r);
	return NULL;
}

void relay_stop(struct relay *r)
{
	if (!r)
		return;
	if (r->stop)
		stop_request(r->stop);
	workers_join(r->greeters);
	for (size_t i = 0; i < CARRIERS; i++)
		carrier_join(r->carriers[i]);
	if (r->path)
		unlink(r->path);
	free(r->path);
	close_fdp(&r->listening);
	if (r->engine)
		engine_close(r->engine);
	if (r->passes)
		passes_close(r->passes);
	stop_free(r->stop);
	free(r);
}

struct relay_counts relay_counts(const struct relay *r)
{
	return (struct relay_counts){.open = atomic_load(&r->open),
				     .total = atomic_load(&r->total),
				     .refused = atomic_load(&r->refused),
				     .no_engine = atomic_load(&r->no_engine)};
}
