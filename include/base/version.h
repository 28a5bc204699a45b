/* version - what this build calls itself, as `git describe` said when it was made. */
#ifndef DE_BASE_VERSION_H
#define DE_BASE_VERSION_H

const char *version_text(void); /* static */

#endif
