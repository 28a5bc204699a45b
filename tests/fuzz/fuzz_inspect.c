/* Any JSON as dockerd's answer to inspect and list. */
#include "base/json.h"
#include "container/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err;
	struct json_object *j;

	if (json_parse((const char *)data, size, &j, &err))
		return 0;
	container_put(container_from_list(j, &err));
	container_put(container_from_inspect(j, NULL, &err));
	return 0;
}
