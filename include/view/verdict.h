/*
 * verdict - what triggers see: a verdict as a flat object.
 */
#ifndef DE_VIEW_VERDICT_H
#define DE_VIEW_VERDICT_H

#include "rules/logic.h"

/* What the compiler knows of what triggers see: a verdict. */
const struct logic_binding *verdict_binding(void);

#endif
