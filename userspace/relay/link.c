#include "link_internal.h"
#include "base/memory.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURNS 16 /* of LINK_SCRATCH bytes, before others have theirs */

struct link *link_new(int peer, SSL *ssl)
{
	struct link *l = mem_calloc(1, sizeof(*l));

	l->peer = peer;
	l->ssl = ssl;
	l->engine = SSL_get_fd(ssl);
	return l;
}

void link_free(struct link *l)
{
	SSL_free(l->ssl);
	close(l->engine);
	close(l->peer);
	free(l->up.rest);
	free(l->down.rest);
	free(l);
}

/* ---- the four ends: bytes moved, MOVE_WAIT, MOVE_END or MOVE_BROKEN ---- */

enum { MOVE_WAIT = -1, MOVE_END = -2, MOVE_BROKEN = -3 };

static ssize_t of_errno(void)
{
	return errno == EAGAIN || errno == EINTR ? MOVE_WAIT : MOVE_BROKEN;
}

static ssize_t read_peer(struct link *l, char *out, size_t size)
{
	ssize_t n = recv(l->peer, out, size, 0);

	if (n > 0)
		return n;
	return n && of_errno() == MOVE_WAIT ? MOVE_WAIT
					    : MOVE_END; /* one that left an answer unread is gone */
}

static ssize_t write_peer(struct link *l, const char *data, size_t len)
{
	ssize_t n = send(l->peer, data, len, MSG_NOSIGNAL);

	return n >= 0 ? n : of_errno();
}

static ssize_t of_ssl(const struct link *l, int r)
{
	switch (SSL_get_error(l->ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return MOVE_WAIT;
	case SSL_ERROR_ZERO_RETURN:
		return MOVE_END;
	default:
		return MOVE_BROKEN;
	}
}

/* As many records as are there: a call gives one. */
static ssize_t read_engine(struct link *l, char *out, size_t size)
{
	size_t got = 0, n = 0;
	ssize_t r = 0;

	while (got < size && r >= 0) {
		ERR_clear_error();
		r = SSL_read_ex(l->ssl, out + got, size - got, &n) ? (ssize_t)n : of_ssl(l, 0);
		got += r > 0 ? n : 0;
	}
	return got ? (ssize_t)got : r;
}

static ssize_t write_engine(struct link *l, const char *data, size_t len)
{
	size_t n = 0;

	ERR_clear_error();
	return SSL_write_ex(l->ssl, data, len, &n) ? (ssize_t)n : of_ssl(l, 0);
}

/* close_notify: dockerd reads an end, as it would after a shutdown(2) of its own socket. */
static ssize_t end_engine(struct link *l)
{
	int r;

	ERR_clear_error();
	r = SSL_shutdown(l->ssl);
	return r < 0 ? of_ssl(l, r) : 0;
}

static ssize_t end_peer(struct link *l)
{
	return shutdown(l->peer, SHUT_WR) ? MOVE_BROKEN : 0;
}

/* ---- a direction ---- */

struct direction {
	ssize_t (*read)(struct link *l, char *out, size_t size);
	ssize_t (*write)(struct link *l, const char *data, size_t len);
	ssize_t (*end)(struct link *l);
};

static const struct direction to_engine = {read_peer, write_engine, end_engine},
			      to_peer = {read_engine, write_peer, end_peer};

/* What could not be passed on waits; nothing more is read until it has gone. */
static void keep(struct flow *f, const char *data, size_t len)
{
	f->rest = mem_realloc(NULL, len);
	memcpy(f->rest, data, len);
	f->at = 0;
	f->len = len;
}

/* Writes all of it or as much as is taken: how much, or MOVE_BROKEN. */
static ssize_t write_all(struct link *l, const struct direction *d, const char *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = d->write(l, data + done, len - done);

		if (n == MOVE_WAIT)
			break;
		if (n < 0)
			return MOVE_BROKEN;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static ssize_t pass_rest(struct link *l, const struct direction *d, struct flow *f)
{
	ssize_t n = write_all(l, d, f->rest + f->at, f->len - f->at);

	if (n < 0)
		return n;
	f->at += (size_t)n;
	if (f->at < f->len)
		return n ? n : MOVE_WAIT;
	free(f->rest);
	*f = (struct flow){.ended = f->ended};
	return n;
}

static ssize_t pass_fresh(struct link *l, const struct direction *d, struct flow *f, char *scratch)
{
	ssize_t got = d->read(l, scratch, LINK_SCRATCH), n;

	if (got == MOVE_END)
		f->ended = true;
	if (got < 0)
		return got;
	n = write_all(l, d, scratch, (size_t)got);
	if (n >= 0 && n < got)
		keep(f, scratch + n, (size_t)(got - n));
	return n < 0 ? n : got;
}

static ssize_t pass_end(struct link *l, const struct direction *d, struct flow *f)
{
	ssize_t r = d->end(l);

	f->passed = !r;
	return r ? r : MOVE_WAIT;
}

/* One step: bytes moved, or MOVE_WAIT where nothing can be, or MOVE_BROKEN. */
static ssize_t move(struct link *l, const struct direction *d, struct flow *f, char *scratch)
{
	ssize_t r;

	if (f->passed)
		return MOVE_WAIT;
	if (f->rest)
		return pass_rest(l, d, f);
	r = f->ended ? MOVE_END : pass_fresh(l, d, f, scratch);
	return r == MOVE_END ? pass_end(l, d, f) : r;
}

/* Nobody takes more of this direction. */
static void give_up(struct flow *f)
{
	free(f->rest);
	*f = (struct flow){.ended = true, .passed = true};
}

/*
 * As at a socket of dockerd's own: whoever has been cut off while writing can still read what was written
 * before; and where the client has gone, dockerd reads what the client had written.
 */
enum link_state link_drive(struct link *l, char *scratch)
{
	for (int i = 0; i < TURNS; i++) {
		ssize_t up = move(l, &to_engine, &l->up, scratch),
			down = move(l, &to_peer, &l->down, scratch);

		if (up == MOVE_BROKEN) {
			give_up(&l->up);
			l->engine_gone = true;
		}
		if (down == MOVE_BROKEN) {
			give_up(&l->down);
			l->cut_off = true;
		}
		if (l->down.passed && (l->up.passed || l->engine_gone || (l->cut_off && up < 0)))
			return LINK_OVER;
		if (up < 0 && down < 0)
			return LINK_WAITS;
	}
	return LINK_MOVES;
}
