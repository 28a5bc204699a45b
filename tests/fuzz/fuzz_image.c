/* Any bytes as the name of an image. What is normalized is so already, and its short name leads back to it.
 */
#include "container/image.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_lead_to(const char *reference, const char *expected)
{
	AUTO(free_charp) char *got = image_normalize(reference);

	if (!got || strcmp(got, expected) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free_charp) char *text = mem_calloc(size + 1, 1);
	AUTO(free_charp) char *name = NULL;

	memcpy(text, data, size);
	name = image_normalize(text);
	if (!name)
		return 0;
	must_lead_to(name, name);
	must_lead_to(image_familiar(name), name);
	return 0;
}
