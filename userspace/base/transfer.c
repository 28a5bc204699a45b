#include "base/transfer.h"
#include "base/memory.h"

#include <limits.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)arg;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void transfer_prepare(CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

void transfer_seal(void)
{
	(void)close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
}

/* libcurl 7.88 opens a pair of sockets for each handle, to wake itself, that no option reaches. */
CURLcode transfer_perform(CURL *curl)
{
	CURLcode code = curl_easy_perform(curl);

	transfer_seal();
	return code;
}

CURL *transfer_open(void)
{
	CURL *curl;

	pthread_once(&once, init);
	curl = curl_easy_init();
	if (curl)
		transfer_prepare(curl);
	return curl;
}

char *transfer_public_url(const char *url)
{
	CURLU *parts = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *out;

	if (parts && !curl_url_set(parts, CURLUPART_URL, url, 0)) {
		curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
		curl_url_get(parts, CURLUPART_HOST, &host, 0);
		curl_url_get(parts, CURLUPART_PORT, &port, 0);
	}
	out = scheme && host ? mem_printf("%s://%s%s%s", scheme, host, port ? ":" : "", port ? port : "")
			     : mem_strdup("(not shown)");
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parts);
	return out;
}
