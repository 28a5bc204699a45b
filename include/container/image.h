/*
 * image - how dockerd reads the name of an image, so that each spelling of it is one text. For container/,
 * views and white lists; pure.
 *
 * Source: github.com/distribution/reference (ParseAnyReference, TagNameOnly, FamiliarString), as dockerd uses
 * it; tests/integration/images.bats holds this against dockerd's own answers.
 */
#ifndef DE_CONTAINER_IMAGE_H
#define DE_CONTAINER_IMAGE_H

#include "container/container.h"

/*
 * "busybox" to "docker.io/library/busybox:latest", "BUSY.example:5000/a/b:1" stays as it is. With a digest
 * dockerd does not look at the tag, which may say anything: it is left out ("…/busybox@sha256:…"). An id,
 * which is 64 digits with or without "sha256:", becomes "sha256:…"; a part of an id cannot be told from a
 * name. A new string; NULL for what dockerd would refuse.
 */
char *image_normalize(const char *reference);

/* The part of a normalized name that people write: "busybox:latest"; all of it where a part would be another
 * image's name. Borrowed from it. */
const char *image_familiar(const char *normalized);

/*
 * What the request that made the container named as its image, as it was written, whatever other names the
 * image has or was given since: container.image_asked. The id where it was named by a part of that, "" where
 * that is not known; without the tag where a digest is named too. A new string.
 */
char *image_asked(const struct container *c);

/* "sha256:…", of what dockerd took for that; NULL where it is not known. Borrowed from the container. */
const char *image_id(const struct container *c);

#endif
