/*
 * status - the status pages as a libmicrohttpd handler, so that the plugin's port can show them too; for
 * http/ only.
 */
#ifndef DE_HTTP_STATUS_INTERNAL_H
#define DE_HTTP_STATUS_INTERNAL_H

#include "modes/enforcer.h"

#include <microhttpd.h>

#define STATUS_SEEN ((void *)1) /* what *state is once the headers were seen; not to be freed */

enum MHD_Result status_handle(struct enforcer *e, struct MHD_Connection *c, const char *url,
			      const char *method, size_t *size, void **state);

#endif
