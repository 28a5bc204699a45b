#include "base/version.h"

#ifndef DE_VERSION
#define DE_VERSION "unknown"
#endif

const char *version_text(void)
{
	return DE_VERSION;
}
