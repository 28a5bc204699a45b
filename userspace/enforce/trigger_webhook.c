/* A verdict posted to a URL. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/transfer.h"
#include "trigger_job_internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define ATTEMPTS    4
#define FIRST_PAUSE NS_PER_S

static bool waits_in_vain(int stop_fd, uint64_t ns)
{
	struct pollfd p = {stop_fd, POLLIN, 0};
	struct timespec ts = clock_timespec(ns);

	return ppoll(&p, 1, &ts, NULL) > 0;
}

static int check_stop(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return waits_in_vain(*(int *)arg, 0);
}

static size_t ignore_answer(char *data, size_t size, size_t n, void *arg)
{
	(void)data, (void)arg;
	return size * n;
}

/* 0 done, 1 worth trying again, -1 not; *err says why in both cases. */
static int post(const struct job *j, struct curl_slist *headers, int *stop_fd, struct err *err)
{
	AUTO(free_charp) char *where = transfer_public_url(j->url);
	CURL *curl = transfer_open();
	long status = 0;
	CURLcode code;

	if (!curl)
		return err_set(err, ENOMEM, "curl cannot be set up");
	curl_easy_setopt(curl, CURLOPT_URL, j->url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, j->verdict);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(j->timeout_ns / NS_PER_MS));
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "docker-enforcer");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_answer);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_stop);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, stop_fd);
	code = transfer_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (code) {
		err_set(err, 0, "%.200s: %s", where, curl_easy_strerror(code));
		return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_ABORTED_BY_CALLBACK ? -1 : 1;
	}
	if (status / 100 == 2)
		return 0;
	err_set(err, (int)status, "%.200s answered %ld", where, status);
	return status >= 500 || status == 408 || status == 429 ? 1 : -1;
}

int trigger_webhook(const struct job *j, int stop_fd, struct err *err)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	uint64_t pause = FIRST_PAUSE;
	int r = 1;

	for (char **header = j->headers; *header; header++)
		headers = curl_slist_append(headers, *header);
	for (int attempt = 1; r == 1; attempt++, pause *= 2) {
		r = post(j, headers, &stop_fd, err);
		if (r == 1 && (attempt == ATTEMPTS || waits_in_vain(stop_fd, pause)))
			r = err_wrap(err, "given up after %d attempts", attempt);
	}
	curl_slist_free_all(headers);
	return r;
}
