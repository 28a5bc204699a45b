/* What request rules see: one API request, as dockerd reads it. */
#include "base/json.h"
#include "base/text.h"
#include "rules/needs.h"
#include "history/owners.h"
#include "view/fields.h"
#include "view/request.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const roots[] = {"RequestMethod", "RequestUri", "ParsedUri",	      "RequestHeaders",
				    "RequestBody",   "User",	   "UserAuthNMethod", "endpoint",
				    "flags",	     "parameters", "target",	      "targets",
				    "owner",	     "groups",	   "unknown_fields",  NULL};
static const char *const target_parts[] = {"kind",    "name",	"id",	 "owner",  "made_by", "own",
					   "missing", "labels", "image", "exempt", NULL};
static const char *const uri_parts[] = {"path", "endpoint", "query", NULL};

static const char *find(const char *const *names, struct value key)
{
	for (; *names; names++)
		if (key.type == V_STRING && !strcasecmp(*names, key.s))
			return *names;
	return NULL;
}

static int no_such(struct value key, const char *below, const char *const *names, struct err *err)
{
	const char *nearest = key.type == V_STRING ? str_nearest(key.s, names) : NULL;

	return err_set(err, 0, "%s%.100s: no such field%s%s%s", below,
		       key.type == V_STRING ? key.s : "a number", nearest ? "; did you mean " : "",
		       nearest ? nearest : "", nearest ? "?" : "");
}

/* "content-type" to "Content-Type", as Go spells header names. */
static const char *header_name(struct arena *arena, struct value key)
{
	char *name = arena_strndup(arena, key.s, key.len);
	bool start = true;

	for (char *p = name; *p; p++) {
		*p = (char)(start ? toupper((unsigned char)*p) : tolower((unsigned char)*p));
		start = *p == '-';
	}
	return name;
}

static int resolve_target(struct logic_path *path, struct err *err)
{
	const char *part = find(target_parts, path->keys[1]);

	if (!part)
		return no_such(path->keys[1], "target.", target_parts, err);
	path->keys[1] = value_str(part);
	return 0;
}

static int resolve(const struct logic_binding *b, struct arena *arena, struct logic_path *path,
		   unsigned *needs, struct err *err)
{
	const char *root, *part;

	(void)b;
	if (!path->len) {
		*needs |= NEED_UNKNOWN | NEED_TARGET;
		return 0;
	}
	root = find(roots, path->keys[0]);
	if (!root)
		return no_such(path->keys[0], "", roots, err);
	path->keys[0] = value_str(root);
	*needs |= !strcmp(root, "unknown_fields") ? NEED_UNKNOWN : !strcmp(root, "target") ? NEED_TARGET : 0U;
	*needs |= !strcmp(root, "groups") ? NEED_GROUPS : 0U;
	*needs |= !strcmp(root, "targets") ? NEED_TARGET : !strcmp(root, "owner") ? NEED_ASKER : 0U;
	if (path->len < 2 || path->keys[1].type != V_STRING)
		return 0;
	if (!strcmp(root, "target"))
		return resolve_target(path, err);
	if (!strcmp(root, "RequestHeaders"))
		path->keys[1] = value_str(header_name(arena, path->keys[1]));
	if (strcmp(root, "ParsedUri") != 0)
		return 0;
	part = find(uri_parts, path->keys[1]);
	if (!part)
		return no_such(path->keys[1], "ParsedUri.", uri_parts, err);
	/* the query as it was written, or below it a parameter's value */
	path->keys[1] = value_str(path->len > 2 && !strcmp(part, "query") ? "parameters" : part);
	return 0;
}

const struct logic_binding *request_binding(void)
{
	static const struct logic_binding binding = {.resolve = resolve,
						     .needs_all = NEED_UNKNOWN | NEED_TARGET,
						     .describe = fields_describe_request};

	return &binding;
}

/* What the client sent stays as it is: the container that would result is made of the same tree, with
 * defaults. */
static struct json_object *copy_of(struct json_object *body)
{
	struct json_object *copy = NULL;

	if (body && json_object_deep_copy(body, &copy, NULL))
		mem_fail();
	return copy;
}

/* The length of a character that Go's strings.TrimSpace takes off; 0 for another. */
static size_t space_len(const char *s)
{
	static const char *const spaces[] = {
		"\t",	  "\n",	    "\v",     "\f",	"\r",	  " ",	    "\xc2\x85", "\xc2\xa0", "\u1680",
		"\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",	"\u2007",   "\u2008",
		"\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

	for (size_t i = 0; i < ARRAY_LEN(spaces); i++)
		if (!strncmp(s, spaces[i], strlen(spaces[i])))
			return strlen(spaces[i]);
	return 0;
}

/* moby api/server/httputils/form.go BoolValue: everything is true but a few words, in any case. */
static bool is_true(const char *value)
{
	static const char *const false_words[] = {"", "0", "no", "false", "none"};
	size_t len = 0, n;

	for (; (n = space_len(value)); value += n)
		continue;
	for (size_t i = 0; value[i]; i += n ? n : 1) {
		n = space_len(value + i);
		len = n ? len : i + 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(false_words); i++)
		if (strlen(false_words[i]) == len && !strncasecmp(value, false_words[i], len))
			return false;
	return true;
}

static struct json_object *flags_of(struct json_object *parameters)
{
	struct json_object *flags = json_object_new_object();

	if (!parameters)
		return flags;
	json_object_object_foreach (parameters, name, value) {
		if (is_true(json_str(value)))
			json_object_object_add(flags, name, json_object_new_boolean(true));
	}
	return flags;
}

struct json_object *request_view(const struct request_parts *r)
{
	struct json_object *j = json_object_new_object(), *uri = json_object_new_object();

	json_add_str(uri, "path", r->path);
	json_add_str(uri, "endpoint", r->endpoint);
	json_add_str(uri, "query", r->query);
	json_object_object_add(uri, "parameters", json_object_get(r->parameters));
	json_add_str(j, "RequestMethod", r->method);
	json_add_str(j, "RequestUri", r->uri);
	json_object_object_add(j, "ParsedUri", uri);
	json_object_object_add(j, "RequestHeaders", json_object_get(r->headers));
	json_object_object_add(j, "RequestBody", copy_of(r->body));
	json_add_str(j, "endpoint", r->route);
	json_object_object_add(j, "flags", flags_of(r->parameters));
	json_object_object_add(j, "parameters",
			       r->parameters ? json_object_get(r->parameters) : json_object_new_object());
	json_object_object_add(j, "target", json_object_get(r->target));
	json_object_object_add(j, "targets",
			       r->targets ? json_object_get(r->targets) : json_object_new_array());
	json_object_object_add(j, "groups", r->groups ? json_object_get(r->groups) : json_object_new_array());
	json_add_str(j, "owner", r->owner ? r->owner : OWNER_UNKNOWN);
	json_object_object_add(j, "unknown_fields",
			       r->unknown ? json_object_get(r->unknown) : json_object_new_array());
	json_add_str(j, "User", r->user);
	json_add_str(j, "UserAuthNMethod", r->authn_method);
	return j;
}
