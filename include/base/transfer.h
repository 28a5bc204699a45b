/*
 * transfer - libcurl's handles as this daemon needs them: initialised once, without signals, and with sockets
 * that no program inherits (libcurl opens them without close-on-exec; a trigger's script could command Docker
 * through one). Used by docker/ and enforce/. Thread-safe; a handle is its owner's.
 */
#ifndef DE_BASE_TRANSFER_H
#define DE_BASE_TRANSFER_H

#include <curl/curl.h>

/* A new easy handle, or NULL where memory or descriptors ran out; for curl_easy_cleanup(). */
CURL *transfer_open(void);

/* The same options on a handle after curl_easy_reset(). */
void transfer_prepare(CURL *curl);

/* curl_easy_perform(), with close-on-exec on what libcurl opened besides. */
CURLcode transfer_perform(CURL *curl);

/* Of a URL what is no secret, scheme and host: "https://hooks.example.org". A new string. */
char *transfer_public_url(const char *url);

/* Close-on-exec on every descriptor above 2, whoever opened it, and whoever it was inherited from. */
void transfer_seal(void);

#endif
