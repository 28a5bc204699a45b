/* Any bytes as a compose file. What it becomes is what Docker's own decoding takes. */
#include "base/json.h"
#include "base/yaml.h"
#include "container/compose.h"
#include "container/schema.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	return strlen(name) % 2 ? "x" : NULL;
}

/* Every key that compose's words become is one of Docker's. */
static void must_be_known(struct json_object *body)
{
	AUTO(json_putp) struct json_object *unknown = schema_unknown(&schema_create_body, body);

	if (json_object_array_length(unknown))
		abort();
}

static char *read_file(void *arg, const char *path, struct err *err)
{
	(void)arg;
	(void)err;
	return mem_printf("A=%s\nB='$x'\n# c\n%s", path, strlen(path) % 3 ? "" : "broken");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct compose_context context = {"/srv/shop", "shop", variable, read_file, NULL};
	AUTO(json_putp) struct json_object *doc = NULL;
	struct compose_services services;
	struct err err;

	if (yaml_parse((const char *)data, size, &doc, &err))
		return 0;
	if (!compose_read(doc, &context, &services, &err))
		for (size_t i = 0; i < services.count; i++)
			must_be_known(services.items[i].body);
	compose_free(&services);
	return 0;
}
