/* notices - what an administrator is told at start, of what is legal and surely not meant. For cmd_run.c. */
#ifndef DE_CLI_NOTICES_INTERNAL_H
#define DE_CLI_NOTICES_INTERNAL_H

#include "base/config.h"
#include "modes/enforcer.h"

void notices_tell(const struct config *c, struct enforcer *e);

#endif
