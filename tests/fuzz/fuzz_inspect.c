/* Any JSON as dockerd's answer to inspect and list. */
#include "base/json.h"
#include "container/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err;
	struct json_object *j = json_parse((const char *)data, size, &err);

	container_put(container_from_list(j, &err));
	if (j)
		container_put(container_from_inspect(j, NULL, &err));
	return 0;
}
