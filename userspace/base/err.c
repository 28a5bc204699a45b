#include "base/err.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	err->code = code;
	return -1;
}

int err_errno(struct err *err, const char *fmt, ...)
{
	int saved = errno;
	char what[768];
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(err, saved, "%s: %s", what, strerror(saved));
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char context[256], inner[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	memcpy(inner, err->msg, sizeof(inner));
	return err_set(err, err->code, "%s: %s", context, inner);
}
