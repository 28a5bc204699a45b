#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *json_read_text(const char *path, size_t max, size_t *len, struct err *err)
{
	AUTO(close_fdp)
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
				   : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	AUTO(buf_free) struct buf text = {0};
	char piece[16384], *s;
	ssize_t n;

	if (fd < 0) {
		err_errno(err, "%s", path);
		return NULL;
	}
	while ((n = read(fd, piece, sizeof(piece))) > 0 && text.len <= max)
		buf_add(&text, piece, (size_t)n);
	if (n < 0) {
		err_errno(err, "%s", path);
		return NULL;
	}
	if (text.len > max) {
		err_set(err, EFBIG, "%s: larger than %zu bytes", path, max);
		return NULL;
	}
	buf_add(&text, "", 0);
	*len = text.len;
	s = text.s;
	text.s = NULL;
	return s;
}

int json_read_file(const char *path, struct json_object **out, struct err *err)
{
	size_t len;
	AUTO(free_charp) char *text = json_read_text(path, 64U << 20, &len, err);

	*out = NULL;
	if (!text)
		return -1;
	return json_parse(text, len, out, err) ? err_wrap(err, "%s", path) : 0;
}

void json_putp(struct json_object **j)
{
	json_object_put(*j);
}

struct json_object *json_get(struct json_object *j, const char *key)
{
	struct json_object *member = NULL;

	if (json_object_is_type(j, json_type_object))
		json_object_object_get_ex(j, key, &member);
	return member;
}

const char *json_str(struct json_object *j)
{
	return json_object_is_type(j, json_type_string) ? json_object_get_string(j) : "";
}

const char *json_get_str(struct json_object *j, const char *key)
{
	return json_str(json_get(j, key));
}

const char *json_str_at(struct json_object *array, size_t i)
{
	return json_str(json_object_array_get_idx(array, i));
}

int64_t json_get_int(struct json_object *j, const char *key)
{
	struct json_object *member = json_get(j, key);

	return json_object_is_type(member, json_type_int) ? json_object_get_int64(member) : 0;
}

size_t json_count(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

void json_add_str(struct json_object *j, const char *key, const char *s)
{
	AUTO(buf_free) struct buf clean = {0};
	const char *end = s + strlen(s);

	while (s < end) {
		size_t n = str_utf8_len(s, end);

		buf_add(&clean, n ? s : "\xef\xbf\xbd", n ? n : 3);
		s += n ? n : 1;
	}
	json_object_object_add(j, key, json_object_new_string_len(clean.s ? clean.s : "", (int)clean.len));
}

void json_add_int(struct json_object *j, const char *key, int64_t i)
{
	json_object_object_add(j, key, json_object_new_int64(i));
}

void json_add_uint(struct json_object *j, const char *key, uint64_t u)
{
	json_object_object_add(j, key, json_object_new_uint64(u));
}
