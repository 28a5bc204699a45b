/*
 * compose_file - a compose file as it lies in a folder: YAML, the folder's name as the project's, variables
 * from the environment and from .env beside it. For `judge`.
 */
#ifndef DE_CLI_COMPOSE_FILE_INTERNAL_H
#define DE_CLI_COMPOSE_FILE_INTERNAL_H

#include "container/compose.h"

#include <stdbool.h>

/* A document of JSON, or of YAML where the name ends so or `yaml` is set; "-" is standard input. *err names
 * the file. */
int compose_file_read(const char *file, bool yaml, struct json_object **out, struct err *err);

/* Its services; for compose_free() in any case. */
int compose_file_services(const char *file, struct json_object *doc, struct compose_services *out,
			  struct err *err);

#endif
