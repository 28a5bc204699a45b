/* The calls that the enforcer makes, each a few lines over client_request(). */
#include "client_internal.h"
#include "scan_internal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRACE_S 10

static void free_curlp(char **s)
{
	curl_free(*s);
}

/* An answer of that type, or NULL with *err. */
struct json_object *client_get(struct docker *d, const char *what, const char *subject, const char *path,
			       enum json_type type, struct err *err)
{
	struct json_object *j = NULL;
	int r = client_request(d, NULL, path, d->timeout_s, &j, err);

	if (!r && json_object_is_type(j, type))
		return j;
	if (!r)
		err_set(err, 0, "dockerd's answer is not %s",
			type == json_type_array ? "an array" : "an object");
	err_wrap(err, *subject ? "docker: %s %.100s" : "docker: %s", what, subject);
	json_object_put(j);
	return NULL;
}

struct json_object *docker_version(struct docker *d, struct err *err)
{
	return client_get(d, "version", "", "/version", json_type_object, err);
}

/* ---- the list ---- */

struct listing {
	struct scan_list scan;
	bool whole, unclear; /* unclear: an element without an id */
	void (*found)(void *arg, const char *id, struct json_object *entry);
	void *arg;
};

/* dockerd writes the id first; so it is there also where the rest is too much. */
static bool find_id(const char *text, size_t len, char id[65])
{
	size_t n = 0;
	const char *at = scan_member(text, len, "Id", &n);

	if (!at || n != 66 || *at != '"' || strspn(at + 1, "0123456789abcdef") < 64)
		return false;
	snprintf(id, 65, "%.64s", at + 1);
	return true;
}

static void on_listed(void *arg, const char *text, size_t len, bool cut)
{
	AUTO(json_putp) struct json_object *entry = NULL;
	struct listing *l = arg;
	struct err err;
	char id[65];

	if (!find_id(text, len, id)) {
		l->unclear = true;
		return;
	}
	if (l->whole && !cut &&
	    client_parse(&(struct buf){.s = (char *)(size_t)text, .len = len}, &entry, &err))
		log_debug("docker: list: container %.12s: %s", id, err.msg);
	l->found(l->arg, id, entry);
}

static bool add_to_list(void *arg, const char *data, size_t len)
{
	return scan_list_add(&((struct listing *)arg)->scan, data, len);
}

#define LIST "/containers/json"
/* podman leaves out what is paused, unless it is asked for; dockerd would then leave out what restarts */
#define PODMAN_LIST LIST "?filters=%7B%22status%22%3A%5B%22running%22%2C%22paused%22%5D%7D"

int docker_list(struct docker *d, bool whole,
		void (*found)(void *arg, const char *id, struct json_object *entry), void *arg,
		struct err *err)
{
	struct listing l = {.whole = whole, .found = found, .arg = arg};
	const struct client_sink sink = {add_to_list, &l};
	AUTO(buf_free) struct buf body = {0};
	bool podman;
	int r;

	if (client_is_podman(d, d->timeout_s, &podman, err))
		return err_wrap(err, "docker: list");
	l.scan.found = on_listed;
	l.scan.arg = &l;
	r = client_transfer(d, NULL, podman ? PODMAN_LIST : LIST, d->timeout_s, &sink, &body, err);
	buf_free(&l.scan.element);
	if (!r && (!l.scan.ended || l.scan.broken || l.unclear))
		r = err_set(err, 0, "dockerd's answer is not an array of containers");
	return r ? err_wrap(err, "docker: list") : 0;
}

/* ---- documents ---- */

/* GET of one object by its name, which is a user's and may hold anything. */
static struct json_object *inspect(struct docker *d, const char *what, const char *before, const char *name,
				   const char *after, struct err *err)
{
	AUTO(free_curlp) char *escaped = curl_easy_escape(NULL, name, 0);
	AUTO(free_charp) char *path = mem_printf("%s%s%s", before, escaped ? escaped : "", after);

	return client_get(d, what, name, path, json_type_object, err);
}

struct json_object *docker_inspect(struct docker *d, const char *id, struct err *err)
{
	return inspect(d, "inspect", "/containers/", id, "/json", err);
}

static void add_member(struct json_object *to, const struct buf *text, const char *key)
{
	struct json_object *member = NULL;
	size_t len = 0;
	const char *at = scan_member(text->s, text->len, key, &len);
	struct err err;

	if (at && !client_parse(&(struct buf){.s = (char *)(size_t)at, .len = len}, &member, &err))
		json_object_object_add(to, key, member);
}

struct json_object *docker_inspect_partly(struct docker *d, const char *id, bool *whole, struct err *err)
{
	AUTO(free_charp) char *path = mem_printf("/containers/%.64s/json", id);
	AUTO(buf_free) struct buf body = {0};
	struct json_object *j = NULL;
	int r = client_transfer(d, NULL, path, d->timeout_s, NULL, &body, err);

	*whole = true;
	if (!r && !client_parse(&body, &j, err) && json_object_is_type(j, json_type_object))
		return j;
	json_object_put(j);
	if (!r || err->code != EFBIG) {
		if (!r && j)
			err_set(err, 0, "dockerd's answer is not an object");
		err_wrap(err, "docker: inspect %.64s", id);
		return NULL;
	}
	*whole = false;
	j = json_object_new_object();
	json_add_str(j, "Id", id);
	add_member(j, &body, "Name");
	add_member(j, &body, "State");
	return j;
}

struct json_object *docker_inspect_image(struct docker *d, const char *ref, struct err *err)
{
	return inspect(d, "inspect image", "/images/", ref, "/json", err);
}

struct json_object *docker_inspect_exec(struct docker *d, const char *id, struct err *err)
{
	return inspect(d, "inspect exec", "/exec/", id, "/json", err);
}

struct json_object *docker_inspect_volume(struct docker *d, const char *name, struct err *err)
{
	return inspect(d, "inspect volume", "/volumes/", name, "", err);
}

struct json_object *docker_inspect_network(struct docker *d, const char *name, struct err *err)
{
	return inspect(d, "inspect network", "/networks/", name, "", err);
}

/* A number of up to three digits; false if there is none, or a longer one. */
static bool read_part(const char **p, unsigned *out)
{
	size_t n = strspn(*p, "0123456789");

	if (!n || n > 3)
		return false;
	*out = (unsigned)strtoul(*p, NULL, 10);
	*p += n;
	return true;
}

unsigned docker_parse_version(const char *text)
{
	unsigned major, minor, rest;

	if (!read_part(&text, &major) || *text++ != '.' || !read_part(&text, &minor) || minor > 99)
		return 0;
	while (*text == '.') { /* "1.41.0": no version that dockerd compares with has a third part */
		text++;
		if (!read_part(&text, &rest))
			return 0;
	}
	return *text && *text != '/' ? 0 : major * 100 + minor;
}

unsigned docker_parse_release(const char *text)
{
	unsigned parts[3];

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!read_part(&text, &parts[i]) || (i < 2 && *text++ != '.'))
			return 0;
	return parts[1] > 99 || parts[2] > 99 ? 0 : parts[0] * 10000 + parts[1] * 100 + parts[2];
}

/* Whether nothing is left to do: `already` is how dockerd says so for this action with a 409; NULL: it does
 * not. */
static bool was_so(const struct err *answer, const char *already)
{
	return answer->code == 304 || answer->code == 404 ||
	       (answer->code == 409 && already && strstr(answer->msg, already));
}

static int act(struct docker *d, const char *what, const char *id, const char *query, const char *post,
	       unsigned timeout_s, const char *already, enum docker_outcome *out, struct err *err)
{
	struct err answer;
	char path[256];

	snprintf(path, sizeof(path), "/containers/%.64s/%s%s", id, what, query);
	*out = client_request(d, post, path, timeout_s, NULL, &answer) ? DOCKER_WAS_SO : DOCKER_DONE;
	if (*out == DOCKER_DONE || was_so(&answer, already))
		return 0;
	*err = answer;
	return err_wrap(err, "docker: %s %.64s", what, id);
}

/* Whether `has` is what `wanted` says: a member that is not wanted is left as it is. */
static bool is_so(struct json_object *has, struct json_object *wanted)
{
	if (!json_object_is_type(wanted, json_type_object))
		return json_object_equal(has, wanted);
	json_object_object_foreach (wanted, key, value)
		if (!is_so(json_get(has, key), value))
			return false;
	return true;
}

int docker_update(struct docker *d, const char *id, const char *update, enum docker_outcome *out,
		  struct err *err)
{
	AUTO(json_putp) struct json_object *wanted = NULL, *doc = NULL;

	*out = DOCKER_WAS_SO;
	if (json_parse(update, strlen(update), &wanted, err))
		return -1;
	doc = docker_inspect(d, id, err);
	if (!doc)
		return err->code == 404 ? 0 : -1;
	return is_so(json_get(doc, "HostConfig"), wanted)
		       ? 0
		       : act(d, "update", id, "", update, d->timeout_s, NULL, out, err);
}

int docker_stop(struct docker *d, const char *id, enum docker_outcome *out, struct err *err)
{
	char query[32];

	snprintf(query, sizeof(query), "?t=%d", GRACE_S);
	return act(d, "stop", id, query, "", d->timeout_s + GRACE_S, NULL, out, err);
}

int docker_kill(struct docker *d, const char *id, enum docker_outcome *out, struct err *err)
{
	return act(d, "kill", id, "", "", d->timeout_s, "is not running", out, err);
}

int docker_pause(struct docker *d, const char *id, enum docker_outcome *out, struct err *err)
{
	return act(d, "pause", id, "", "", d->timeout_s, "is already paused", out, err);
}
