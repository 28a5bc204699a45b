#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

struct timespec clock_timespec(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
}

void clock_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

void clock_format(uint64_t wall_ns, char sep, char *out, size_t size)
{
	time_t secs = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	localtime_r(&secs, &tm);
	snprintf(out, size, "%04d-%02d-%02d%c%02d:%02d:%02d.%06u", tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, sep, tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(wall_ns % NS_PER_S / 1000));
}

void clock_format_rfc3339(uint64_t wall_ns, char *out, size_t size)
{
	time_t secs = (time_t)(wall_ns / NS_PER_S);
	char plain[40];
	struct tm tm;
	long minutes;

	localtime_r(&secs, &tm);
	clock_format(wall_ns, 'T', plain, sizeof(plain));
	minutes = tm.tm_gmtoff / 60;
	snprintf(out, size, "%s%c%02ld:%02ld", plain, minutes < 0 ? '-' : '+', labs(minutes) / 60,
		 labs(minutes) % 60);
}

void clock_format_duration(uint64_t ns, char *out, size_t size)
{
	uint64_t s = ns / NS_PER_S;

	snprintf(out, size, "%llu:%02u:%02u.%06u", (unsigned long long)(s / 3600), (unsigned)(s / 60 % 60),
		 (unsigned)(s % 60), (unsigned)(ns % NS_PER_S / 1000));
}

uint64_t clock_parse_rfc3339(const char *s)
{
	struct tm tm = {0};
	const char *p = strptime(s, "%Y-%m-%d", &tm);
	uint64_t frac = 0, unit = NS_PER_S;
	int sign = 0, hours = 0, minutes = 0;
	time_t t;

	if (!p)
		return 0;
	if (*p) {
		p = *p == 'T' || *p == 't' || *p == ' ' ? strptime(p + 1, "%H:%M:%S", &tm) : NULL;
		if (!p)
			return 0;
		if (*p == '.')
			for (p++; *p >= '0' && *p <= '9'; p++)
				frac += (uint64_t)(*p - '0') * (unit /= 10);
		if (*p == '+' || *p == '-') {
			sign = *p == '-' ? -1 : 1;
			if (sscanf(p + 1, "%2d:%2d", &hours, &minutes) != 2)
				return 0;
		} else if (strcmp(p, "Z") != 0 && strcmp(p, "z") != 0) {
			return 0;
		}
	}
	t = timegm(&tm) - sign * (hours * 3600 + minutes * 60);
	return t > 0 ? (uint64_t)t * NS_PER_S + frac : 0;
}
